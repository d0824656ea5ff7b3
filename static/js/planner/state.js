// What a planner has chosen, in the page's address, so that the address is the saved plan.
const TABS = ['fit', 'scenario', 'search', 'matrix', 'ladder']
const VIEWS = ['differ', 'class', 'change']
const SAVINGS = ['cost-low', 'cost-high', 'saved-low', 'saved-high', 'change-low', 'change-high', 'apart-low', 'apart-high', 'years', 'source']
const SPREAD = ['people', 'area', 'districts', 'distance']
const FIND = ['force', 'objective', 'nested', 'min', 'max', 'members', 'changes', 'counties', 'forces']

export const empty = () => ({
  units: '', targets: '', tab: 'fit', view: 'differ', chosen: [], name: '', merges: [], splits: [], moves: [],
  area: '', picked: [],
  tolerance: '', savings: {}, spread: {}, find: {}, together: [], apart: [], run: ''
})

// Codes are joined with points; a point inside a code is written otherwise.
const pack = (codes) => codes.map((code) => encodeURIComponent(code).replaceAll('.', '%2E').replaceAll('*', '%2A')).join('.')

function unpack (text) {
  try {
    return [...new Set(text.split('.').filter(Boolean).map(decodeURIComponent))]
  } catch {
    return []
  }
}

function grouped (prefix, names, given) {
  const found = {}
  for (const name of names) {
    const value = given.get(`${prefix}-${name}`)
    if (value !== null && value !== '') found[name] = value.slice(0, 200)
  }
  return found
}

export function fromAddress (search) {
  const given = new URLSearchParams(search)
  const state = empty()
  state.units = given.get('units') ?? ''
  state.targets = given.get('targets') ?? ''
  if (TABS.includes(given.get('tab'))) state.tab = given.get('tab')
  if (VIEWS.includes(given.get('view'))) state.view = given.get('view')
  state.chosen = unpack(given.get('choose') ?? '')
  state.name = (given.get('name') ?? '').slice(0, 200)
  const taken = new Set()
  for (const text of given.getAll('merge')) {
    const [codes, ...named] = text.split('*')
    const units = unpack(codes).filter((code) => !taken.has(code))
    units.forEach((code) => taken.add(code))
    if (units.length > 1) state.merges.push({ units, name: named.join('*').slice(0, 200) })
  }
  state.splits = unpack(given.get('split') ?? '')
  const gone = new Set()
  for (const text of given.getAll('move')) {
    const [from, to, codes] = text.split('*').map(unpack)
    const bricks = (codes ?? []).filter((code) => !gone.has(code))
    bricks.forEach((code) => gone.add(code))
    if (from?.length === 1 && to?.length === 1 && bricks.length) state.moves.push({ from: from[0], to: to[0], bricks })
  }
  state.area = unpack(given.get('area') ?? '')[0] ?? ''
  state.picked = unpack(given.get('pick') ?? '')
  state.tolerance = given.get('tolerance') ?? ''
  state.savings = grouped('savings', SAVINGS, given)
  state.spread = grouped('limit', SPREAD, given)
  state.find = grouped('find', FIND, given)
  state.together = given.getAll('join').map(unpack).filter((pair) => pair.length === 2)
  state.apart = given.getAll('part').map(unpack).filter((pair) => pair.length === 2)
  state.run = given.get('run') ?? ''
  return state
}

export function toAddress (state) {
  const out = new URLSearchParams()
  const put = (name, value) => { if (value) out.append(name, value) }
  put('units', state.units)
  put('targets', state.targets)
  if (state.tab !== 'fit') put('tab', state.tab)
  if (state.view !== 'differ') put('view', state.view)
  put('choose', pack(state.chosen))
  put('name', state.name)
  for (const merge of state.merges) put('merge', merge.name ? `${pack(merge.units)}*${merge.name}` : pack(merge.units))
  put('split', pack(state.splits))
  for (const { from, to, bricks } of state.moves) put('move', [[from], [to], bricks].map(pack).join('*'))
  put('area', pack(state.area ? [state.area] : []))
  put('pick', pack(state.picked))
  put('tolerance', state.tolerance)
  for (const [prefix, values] of [['savings', state.savings], ['limit', state.spread], ['find', state.find]]) {
    for (const [name, value] of Object.entries(values)) put(`${prefix}-${name}`, String(value))
  }
  for (const pair of state.together) put('join', pack(pair))
  for (const pair of state.apart) put('part', pack(pair))
  put('run', state.run)
  return out.toString()
}

// What can be undone: steps, not the letters of names.
const plan = ({ merges, splits, moves }) => JSON.stringify([merges.map(({ units }) => units), splits, moves])

export class Store {
  constructor () {
    this.state = fromAddress(window.location.search)
    this.watchers = []
    this.past = []
    this.future = []
    window.addEventListener('popstate', () => this.#replace(fromAddress(window.location.search), 'address'))
  }

  watch (act) { this.watchers.push(act) }

  // Changes of the plan can be undone here, and step by step with the browser's own button.
  change (changes) {
    const next = { ...this.state, ...changes }
    const planned = plan(next) !== plan(this.state)
    if (planned) {
      this.past.push(this.state)
      this.future = []
    }
    const way = planned || next.units !== this.state.units || next.targets !== this.state.targets ? 'pushState' : 'replaceState'
    this.#replace(next, 'change')
    this.#write(way)
  }

  undo () { this.#step(this.past, this.future) }
  redo () { this.#step(this.future, this.past) }

  // New sets: codes of the old ones mean nothing in them.
  forget () {
    this.past = []
    this.future = []
  }

  #step (from, to) {
    const found = from.pop()
    if (!found) return
    to.push(this.state)
    const { name, merges, splits, moves } = found
    this.#replace({ ...this.state, name, merges, splits, moves, chosen: [], picked: [] }, 'change')
    this.#write('pushState')
  }

  #write (way) {
    const search = toAddress(this.state)
    try {
      window.history[way](null, '', `${window.location.pathname}${search ? `?${search}` : ''}${window.location.hash}`)
    } catch {
      // Some browsers refuse many changes of the address in a short time; the next one brings it up to date.
    }
  }

  #replace (next, why) {
    const before = this.state
    this.state = next
    for (const act of this.watchers) act(next, before, why)
  }
}
