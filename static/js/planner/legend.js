// What colours and patterns of the map mean: always both.
import { el, refill } from './dom.js'
import { CLASSES, many, one } from './words.js'

const row = (slug, words) => el('li', {}, el('span', { class: `pl-swatch pl-swatch--${slug}`, 'aria-hidden': 'true' }), words)

export function drawLegend (box, { view, units, targets, area, tab, picked }, plan, kinds) {
  const small = area && tab === 'scenario'
  const rows = {
    differ: () => [row('agree', 'agree'), row('differ', `differ: in another ${one(targets)} than most of the ${one(units)}`), ...(kinds.has('sliver') ? [row('sliver', 'sliver: one line drawn twice')] : []), ...(kinds.has('not covered') ? [row('uncovered', `no ${one(targets)} known there`)] : [])],
    class: () => CLASSES.map(({ slug, words }) => row(slug, words)),
    change: () => [row('same', 'unchanged'), row('merged', 'merged: one pattern for each group'), ...(plan.splits.length ? [row('split-off', 'split by district')] : []), ...(plan.moves.length ? [row('split-off', 'gains or loses small areas')] : []), ...(plan.moves.length ? [row('small-moved', 'small areas that move')] : [])]
  }[view]()
  refill(box, rows, row('target-line', many(targets)), plan.chosen.length > 0 && row('chosen-line', 'chosen'), small && view !== 'differ' && row('differ', `small area in another ${one(targets)}`), small && picked.length > 0 && row('small', 'small area that is ticked'))
}
