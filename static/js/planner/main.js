// The planner page: loads what the sets need, and shows the same state on the map, in the panels and in the address.
import { say } from '../words.js'
import { Api, NoServer } from './api.js'
import { el, paragraph, refill, trouble } from './dom.js'
import { bestMatch, fitPanel } from './fit.js'
import { ladderPanel } from './ladder.js'
import { drawLegend } from './legend.js'
import { mapTitle, PlannerMap } from './map.js'
import { matrixPanel } from './matrix.js'
import { outcomeWords, showOutcome, showTrouble } from './outcome.js'
import { Plan, scoreOptions } from './plan.js'
import { ScenarioPanel } from './scenario.js'
import { SearchPanel } from './search.js'
import { SmallMap } from './small_map.js'
import { fillSets, offered, startOf } from './sets.js'
import { Store } from './state.js'
import { startTabs } from './tabs.js'

const SCORE_AFTER_MS = 350

class Planner {
  constructor (page) {
    this.page = page
    this.find = (name) => page.querySelector(`[data-part="${name}"]`)
    this.api = new Api(page.dataset.api)
    this.store = new Store()
    this.panels = new Map(['fit', 'scenario', 'search', 'matrix', 'ladder'].map((name) => [name, this.find(name)]))
    this.tell = this.tell.bind(this)
    this.choose = this.choose.bind(this)
  }

  tell (words) { this.find('said').textContent = words }

  async start () {
    let index
    try {
      index = await this.api.index()
    } catch (error) {
      return this.withoutServer(error)
    }
    this.offered = offered(index)
    if (!this.offered.pairs.length) return this.withoutServer(new Error(say('This release has no two boundary sets that can be compared.')))
    this.find('live').hidden = false
    this.page.classList.add('pl-alive')
    this.map = new PlannerMap(this.find('map'), { choose: this.choose, attribution: this.page.dataset.attribution, facts: this.find('facts') })
    this.scenario = new ScenarioPanel(this.panels.get('scenario'), this.store, { tell: this.tell, look: (codes) => this.map.look(codes), lookSmall: () => { this.looking = true }, report: (format) => this.api.report(this.#body(), format) })
    this.smallMap = new SmallMap(this.map, (code) => this.scenario.small.toggle(code))
    this.search = new SearchPanel(this.panels.get('search'), this.store, { api: this.api, tell: this.tell, use: (merges) => this.use(merges) })
    this.showTab = startTabs(this.find('tabs'), this.panels, (tab) => this.store.change({ tab }))
    for (const input of this.find('views').querySelectorAll('input')) input.addEventListener('change', () => this.store.change({ view: input.value }))
    this.find('sets').addEventListener('submit', (event) => event.preventDefault())
    const begin = startOf(this.store.state, this.offered)
    if (begin.units !== this.store.state.units || begin.targets !== this.store.state.targets) {
      const given = this.store.state.units
      this.store.state = { ...this.store.state, ...begin }
      if (given) this.refused = say('The address names boundary sets that this release does not have. Others are shown.')
    }
    fillSets(this.page, this.offered, this.store, (change) => this.change(change))
    this.#print()
    this.store.watch((state, before, why) => this.changed(state, before, why))
    await this.load()
  }

  // The parts that were written into the page still read; only what needs a server is missing.
  withoutServer (error) {
    const words = error instanceof NoServer
      ? say('Scenarios, searches and the map need the server that comes with crimemap; this copy of the site is served as plain files. The tables below still read.')
      : `${error.message} ${say('The tables below still read.')}`
    refill(this.find('notice'), paragraph(words))
    this.find('notice').hidden = false
    this.page.dataset.ready = 'without'
  }

  change (sets) {
    this.store.forget()
    this.store.change({ ...sets, chosen: [], merges: [], splits: [], moves: [], area: '', picked: [], name: '', run: '', together: [], apart: [], view: this.store.state.view === 'change' ? 'differ' : this.store.state.view })
  }

  choose (code) {
    this.scenario.choose(code)
    if (this.store.state.tab === 'fit') this.store.change({ tab: 'scenario' })
  }

  use (merges) {
    this.store.change({ merges, splits: [], moves: [], chosen: [], area: '', picked: [], tab: 'scenario', view: 'change' })
    this.tell(say('The grouping is now the scenario.'))
    this.scenario.head.setAttribute('tabindex', '-1')
    this.scenario.head.focus()
  }

  // On paper nothing can be opened: what is folded is printed open.
  #print () {
    const folded = '.pl-panel:not([hidden]) details:not([open]):not(.pl-areas), .pl-static details:not([open])'
    let opened = []
    window.addEventListener('beforeprint', () => {
      opened = [...this.page.querySelectorAll(folded)].filter((one) => !one.closest('.pl-forms, .pl-search'))
      for (const one of opened) one.open = true
    })
    window.addEventListener('afterprint', () => { for (const one of opened) one.open = false })
  }

  async load () {
    const { units, targets } = this.store.state
    const turn = this.turn = Symbol('load')
    this.page.dataset.ready = 'loading'
    this.find('loading').hidden = false
    this.showTab(this.store.state.tab)
    try {
      const [pair, pieces, planning, unitMap, targetMap] = await Promise.all([
        this.api.pair(units, targets), this.api.pairMap(units, targets), this.api.planning(units, targets).catch((error) => { if (error.status === 404) return null; throw error }), this.api.setMap(units), this.api.setMap(targets)
      ])
      if (this.turn !== turn) return
      Object.assign(this, { pair, pieces, planning: planning ?? fromPair(pair), unitMap, targetMap, scored: null, drawnFor: '' })
    } catch (error) {
      if (this.turn !== turn) return
      this.find('loading').hidden = true
      refill(this.panels.get(this.store.state.tab), trouble(error.message))
      this.page.dataset.ready = 'failed'
      return
    }
    this.find('loading').hidden = true
    this.fits = fitsOf(this.pair)
    const sets = { units, targets }
    refill(this.panels.get('fit'), fitPanel(this.pair, sets))
    refill(this.panels.get('matrix'), matrixPanel(this.pair, this.pieces, sets))
    this.#ladder()
    this.scenario.begin(this.planning)
    this.search.begin(this.planning)
    this.asked = null
    for (const name of ['scenario', 'search']) this.#withoutPeople(this.panels.get(name))
    if (this.refused) this.tell(this.refused)
    await this.show()
    this.page.dataset.ready = 'true'
  }

  #withoutPeople (panel) {
    const old = panel.querySelector('.pl-without-people')
    old?.remove()
    panel.classList.toggle('pl-unknown', Boolean(this.planning.unknown))
    if (this.planning.unknown) panel.append(el('p', { class: 'govuk-body pl-without-people' }, say('It is not known how many people live in these areas, so mergers cannot be planned with them. The fit by land is under Fit and Matrix.')))
  }

  async #ladder () {
    const box = this.panels.get('ladder')
    try {
      refill(box, ladderPanel(await this.api.ladder()))
    } catch (error) {
      refill(box, trouble(error.message))
    }
  }

  // Names and shapes of districts are asked for once something is split.
  async #districts () {
    if (!this.store.state.splits.length || !this.offered.districts) return new Map()
    const found = await this.api.setMap(this.offered.districts).catch(() => ({ features: [] }))
    return new Map(found.features.map((feature) => [feature.properties.code, feature]))
  }

  // Small areas of the unit that is open, and of those that the scenario moves some of; what went wrong stands in their place.
  async #smallAreas () {
    const { units, targets, area, moves } = this.store.state
    const wanted = this.planning.unknown ? [] : [...new Set([area, ...moves.map(({ from }) => from)])].filter((code) => this.planning.units.some((unit) => unit.code === code))
    return new Map(await Promise.all(wanted.map(async (unit) => [unit, await this.api.bricks(units, targets, unit).then(({ features }) => features, (error) => error)])))
  }

  changed (state, before, why) {
    if (state.units !== before.units || state.targets !== before.targets) {
      fillSets(this.page, this.offered, this.store, (change) => this.change(change))
      return this.load()
    }
    if (!this.planning) return
    if (why === 'address') {
      this.scenario.begin(this.planning)
      this.search.draw()
    }
    this.show()
  }

  async show () {
    const { state } = this.store
    this.showTab(state.tab)
    this.page.dataset.tab = state.tab
    const [districts, small] = await Promise.all([this.#districts(), this.#smallAreas()])
    if (state !== this.store.state) return
    const names = new Map([...(this.planning.districts ?? []).map(({ code, name }) => [code, name]), ...[...districts].map(([code, feature]) => [code, feature.properties.name])])
    const plan = this.plan = new Plan(this.planning, state, names)
    this.scenario.show(plan, this.fits, small)
    for (const input of this.find('views').querySelectorAll('input')) input.checked = input.value === state.view
    this.#score(plan)
    this.#draw(plan, districts)
    this.#drawSmall(plan, small)
  }

  #draw (plan, districts) {
    const { state } = this.store
    const shapes = new Map(this.unitMap.features.map((feature) => [feature.properties.code, feature]))
    const bases = [...plan.bases.values()]
      .map((base) => ({ ...base, feature: base.district ? districts.get(base.district) : shapes.get(base.code) }))
      .filter(({ feature }) => feature?.geometry)
    const drawn = [state.units, state.targets, ...plan.splits].join('\n')
    if (!this.map.element.hidden && this.drawnFor !== drawn) {
      this.map.show({ bases, pieces: this.pieces, targets: this.targetMap, unitSet: state.units, targetSet: state.targets })
      this.drawnFor = drawn
    }
    this.map.paint({ view: state.view, plan, fits: this.fits, after: this.#after(plan), opened: state.tab === 'scenario' ? state.area : '' })
    this.find('map-title').textContent = `${mapTitle(state.view, state.units, state.targets)}${state.view === 'class' && this.scored && !plan.isEmpty ? `, ${say('with the scenario')}` : ''}`
    drawLegend(this.find('legend'), state, plan, new Set(this.pieces.features.map(({ properties }) => properties.kind)))
    this.map.resize()
  }

  #drawSmall (plan, small) {
    const { state } = this.store
    const shown = [...small.values()].filter(Array.isArray).flat()
    const features = new Map(shown.map((feature) => [feature.properties.code, feature]))
    const moved = new Map(plan.moves.flatMap(({ to, bricks }, k) => bricks.filter((code) => features.has(code)).map((code) => [code, { to, k, feature: features.get(code) }])))
    const held = small.get(state.area)
    const best = new Map(this.planning.units.map((unit) => [unit.code, unit.best_match]))
    this.smallMap.show({ open: state.tab === 'scenario' && Array.isArray(held) ? held : [], moved, picked: state.picked, nameOf: (code) => plan.nameOf(code), bestOf: (unit) => best.get(unit) })
    if (this.looking && state.area) this.smallMap.look()
    this.looking = false
  }

  // Classes of the scenario's areas, by the codes that the map knows.
  #after (plan) {
    if (!this.scored || plan.isEmpty) return null
    const found = new Map()
    const byCode = new Map(this.scored.after.map((row) => [row.code, row.class]))
    const made = this.scored.scenario?.merge ?? []
    plan.merges.forEach((merge) => {
      const one = made.find(({ units }) => units.length === merge.units.length && units.every((code) => merge.units.includes(code)))
      merge.units.forEach((code) => found.set(code, byCode.get(one?.code)))
    })
    for (const base of plan.bases.values()) if (!found.has(base.code) && byCode.has(base.code)) found.set(base.code, byCode.get(base.code))
    return found
  }

  #body (plan = this.plan) {
    const { state } = this.store
    return { units: state.units, targets: state.targets, scenario: plan.scenario(), options: scoreOptions(state) }
  }

  #score (plan) {
    const body = this.#body(plan)
    const asked = JSON.stringify({ ...body, scenario: { ...body.scenario, name: '' } })
    if (asked === this.asked) return
    this.asked = asked
    clearTimeout(this.waiting)
    this.asking?.abort()
    const box = this.scenario.boxes.outcome
    if (plan.isEmpty) {
      this.scored = null
      refill(box)
      this.find('outcome-words').textContent = ''
      return
    }
    box.setAttribute('aria-busy', 'true')
    this.waiting = setTimeout(() => this.#ask(body, box), SCORE_AFTER_MS)
  }

  async #ask (body, box) {
    const asking = this.asking = new AbortController()
    try {
      const scored = await this.api.score(body, asking.signal)
      if (this.asking !== asking) return
      this.scored = scored
      showOutcome(box, scored, (code) => this.plan.nameOf(code))
      this.find('outcome-words').textContent = outcomeWords(scored)
      this.map.paint({ view: this.store.state.view, plan: this.plan, fits: this.fits, after: this.#after(this.plan) })
    } catch (error) {
      if (error.name === 'AbortError' || this.asking !== asking) return
      this.asked = null
      showTrouble(box, error)
      this.find('outcome-words').textContent = ''
    }
    box.removeAttribute('aria-busy')
  }
}

// Without people nothing can be planned, but the map and the tables show the sets.
const fromPair = (pair) => ({ unknown: true, units: pair.sources.map((row) => ({ code: row.area_code, name: row.area_name, population: null, districts: [] })), forces: [] })

function fitsOf (pair) {
  const best = bestMatch(pair)
  return new Map(pair.sources.map((row) => [row.area_code, { class: row.class_by_population ?? row.class, best: best(row), outside: row.population_outside ?? 0 }]))
}

const page = document.querySelector('[data-planner]')
if (page) {
  new Planner(page).start().catch((error) => {
    page.dataset.ready = 'failed'
    refill(page.querySelector('[data-part="notice"]'), paragraph(say('The planner could not start. The tables below still read.')))
    page.querySelector('[data-part="notice"]').hidden = false
    console.error(error)
  })
}
