// Which boundary sets can be planned with, as the server lists them.
import { el } from './dom.js'
import { kindOf, setName } from './words.js'

const PREFERRED = ['bcu', 'county', 'ctyua', 'lad', 'pfa']

export function offered (index) {
  const listed = index.planning?.length ? index.planning : index.pairs ?? []
  const pairs = listed.map((pair) => ({ units: pair.units ?? pair.source, targets: pair.targets ?? pair.target }))
    .filter(({ units }) => ['csp', 'lad'].includes(kindOf(units)))
  const sets = (index.sets ?? []).map((set) => set.set ?? set.set_id ?? set.id ?? set)
  return { pairs, districts: sets.find((set) => kindOf(set) === 'lad') ?? null }
}

// The sets of the address where they exist, else partnerships against command units.
export function startOf (state, { pairs }) {
  const rank = ({ units, targets }) => (kindOf(units) === 'csp' ? 0 : 10) + (PREFERRED.indexOf(kindOf(targets)) + 1 || 9)
  const best = (found) => [...found].sort((a, b) => rank(a) - rank(b))[0]
  const same = pairs.filter(({ units }) => units === state.units)
  return same.find(({ targets }) => targets === state.targets) ?? best(same.length ? same : pairs)
}

export function fillSets (page, { pairs }, store, change) {
  const [units, targets] = ['units', 'targets'].map((name) => page.querySelector(`[data-part="${name}"]`))
  const fill = (box, sets, value) => {
    // Somebody may be typing in it: what is the same stays.
    if (sets.join('\n') !== [...box.options].map((option) => option.value).join('\n')) box.replaceChildren(...sets.map((set) => el('option', { value: set }, setName(set))))
    box.value = value
  }
  fill(units, [...new Set(pairs.map((pair) => pair.units))], store.state.units)
  fill(targets, pairs.filter((pair) => pair.units === store.state.units).map((pair) => pair.targets), store.state.targets)
  units.onchange = () => change(startOf({ units: units.value, targets: store.state.targets }, { pairs }))
  targets.onchange = () => change({ units: store.state.units, targets: targets.value })
}
