// What colours and patterns of the map mean: always both.
import { say } from '../words.js'
import { el, refill } from './dom.js'
import { CLASSES, many, one } from './words.js'

const row = (slug, words) => el('li', {}, el('span', { class: `pl-swatch pl-swatch--${slug}`, 'aria-hidden': 'true' }), words)

export function drawLegend (box, { view, units, targets, area, tab, picked }, plan, kinds) {
  const small = area && tab === 'scenario'
  const rows = {
    differ: () => [row('agree', say('agree')), row('differ', say('differ: in another {target} than most of the {unit}', { target: one(targets), unit: one(units) })), ...(kinds.has('sliver') ? [row('sliver', say('sliver: one line drawn twice'))] : []), ...(kinds.has('not covered') ? [row('uncovered', say('no {target} known there', { target: one(targets) }))] : [])],
    class: () => CLASSES.map(({ slug, words }) => row(slug, words)),
    change: () => [row('same', say('unchanged')), row('merged', say('merged: one pattern for each group')), ...(plan.splits.length ? [row('split-off', say('split by district'))] : []), ...(plan.moves.length ? [row('split-off', say('gains or loses small areas'))] : []), ...(plan.moves.length ? [row('small-moved', say('small areas that move'))] : [])]
  }[view]()
  refill(box, rows, row('target-line', many(targets)), plan.chosen.length > 0 && row('chosen-line', say('chosen')), small && view !== 'differ' && row('differ', say('small area in another {target}', { target: one(targets) })), small && picked.length > 0 && row('small', say('small area that is ticked')))
}
