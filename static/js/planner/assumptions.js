// What a planner assumes and how far is too far: nothing is assumed until somebody types it and says where it comes from.
import { say } from '../words.js'
import { details, el, note } from './dom.js'
import { field, fieldset, showError } from './forms.js'
import { savingsTroubles, typed } from './plan.js'

const COSTS = [
  ['cost', say('What one partnership costs to run, a year'), '£'],
  ['saved', say('Share of it saved when it is absorbed'), null, '%'],
  ['change', say('Cost of the change, once, for each partnership in a merger'), '£'],
  ['apart', say('Cost of taking shared services apart, for each county beyond the first and each split'), '£']
]

export function assumptionForms (store) {
  const { state } = store
  const set = (group, name, value) => {
    const next = { ...store.state[group] }
    if (value.trim()) next[name] = value
    else delete next[name]
    store.change({ [group]: next })
  }
  const money = (name, label, prefix, suffix) => field({ name: `savings-${name}`, label, prefix, suffix, value: state.savings[name], act: (value) => set('savings', name, value) })
  const limit = (name, label, suffix) => field({ name: `limit-${name}`, label, suffix, value: state.spread[name], act: (value) => set('spread', name, value) })
  return [
    details(say('Limits for local focus'),
      note(say('One partnership for a whole county has been called too remote. Areas that pass a limit are marked; nothing is forbidden.')),
      el('div', { class: 'pl-grid' }, limit('people', say('Most people in one area')), limit('area', say('Largest area'), 'km²'), limit('districts', say('Most districts')), limit('distance', say('Farthest resident from the centre of population'), 'km'))),
    details(say('Assumptions for savings'),
      note(say('There are no built-in figures: give a low and a high one for each, and say who stands behind them. Savings are then a range; the low end takes low savings with high costs.')),
      COSTS.map(([name, label, prefix, suffix]) => fieldset(label, el('div', { class: 'pl-pair' }, money(`${name}-low`, say('Low'), prefix, suffix), money(`${name}-high`, say('High'), prefix, suffix)))),
      el('div', { class: 'pl-pair' }, money('years', say('Over how many years')), field({ name: 'savings-source', label: say('Where the figures come from'), wide: true, value: state.savings.source, act: (value) => set('savings', 'source', value) }))),
    details(say('What counts as the same area'),
      field({ name: 'tolerance', label: say('Share of people who may live outside'), hint: say('1% unless you say otherwise'), suffix: '%', value: state.tolerance, act: (value) => store.change({ tolerance: value.trim() }) }))
  ]
}

// Sentences beside the fields that are wrong, once somebody has left them. Gives whether all is well.
export function checkAssumptions (state) {
  const troubles = savingsTroubles(state.savings)
  for (const name of ['cost-low', 'cost-high', 'saved-low', 'saved-high', 'change-low', 'change-high', 'apart-low', 'apart-high', 'years', 'source']) showError(`savings-${name}`, troubles[name])
  for (const name of ['people', 'area', 'districts', 'distance']) {
    const value = typed(state.spread[name])
    showError(`limit-${name}`, value === null || value > 0 ? null : say('Enter a number above 0, in figures.'))
  }
  const tolerance = typed(state.tolerance)
  showError('tolerance', tolerance === null || (tolerance >= 0 && tolerance < 50) ? null : say('Enter a share from 0% to below 50%.'))
  return !Object.keys(troubles).length
}
