// Moving small areas from one unit to another: choose the unit, tick its small areas on the map or here, say where they go.
import { button, details, el, note, paragraph, refill, trouble } from './dom.js'
import { checkbox, field, select } from './forms.js'
import { many, number, one, people, several } from './words.js'

//: Small areas that the address of the page has room for.
const MOST = 1_000

export class SmallAreas {
  constructor (store, { say, look }) {
    Object.assign(this, { store, say, look })
    this.filter = ''
    this.boxes = Object.fromEntries(['unit', 'choice', 'list', 'go'].map((name) => [name, el('div', { class: `pl-small-${name}` })]))
    this.filterBox = el('div', {})
    this.element = details('Move small areas', this.boxes.unit, this.boxes.choice, this.filterBox, this.boxes.list, this.boxes.go)
    this.element.id = 'small-areas'
  }

  begin (planning) {
    this.planning = planning
    this.filter = ''
    this.to = ''
    this.filterFor = null
    this.unitsFor = null
  }

  open (unit) {
    this.element.open = true
    this.store.change({ area: unit, picked: [], chosen: [] })
    this.element.scrollIntoView({ block: 'nearest' })
    this.element.querySelector('select').focus({ preventScroll: true })
  }

  // found: features of the small areas by unit, or the error that came instead
  show (plan, found) {
    this.plan = plan
    this.features = found.get(this.store.state.area) ?? []
    if (this.store.state.area) this.element.open = true
    this.#unit()
    if (!this.store.state.area) {
      for (const box of [this.boxes.choice, this.boxes.list, this.boxes.go, this.filterBox]) refill(box)
      this.filterFor = null
      return
    }
    if (this.features instanceof Error) {
      for (const box of [this.boxes.list, this.boxes.go, this.filterBox]) refill(box)
      this.filterFor = null
      return refill(this.boxes.choice, trouble(this.features.message))
    }
    this.#choice()
    this.#list()
    this.#go()
  }

  toggle (code) {
    const { picked } = this.store.state
    const on = !picked.includes(code)
    this.store.change({ picked: on ? [...picked, code] : picked.filter((one) => one !== code) })
    this.say(`${this.#name(code)} ${on ? 'ticked' : 'no longer ticked'}. ${several(this.store.state.picked.length, 'small area', 'small areas')} ticked.`)
  }

  #name (code) { return this.features.find(({ properties }) => properties.code === code)?.properties.name ?? code }

  #unit () {
    const { units, area } = this.store.state
    const all = [...this.planning.units].sort((a, b) => a.name.localeCompare(b.name, 'en-GB'))
    if (this.unitsFor !== units) {
      refill(this.boxes.unit,
        paragraph('Where a line is only a little wrong, moving a few small areas across it may do more than a merger.'),
        select({ id: 'small-unit', label: `Take small areas from this ${one(units)}`, value: area, options: [['', 'Choose one'], ...all.map(({ code, name }) => [code, name])], act: (unit) => { this.filter = ''; this.store.change({ area: unit, picked: [] }); this.look() } }))
      this.unitsFor = units
    }
    this.boxes.unit.querySelector('select').value = area
  }

  // "All that lie in ..." for each area of the other set that has a part of this unit.
  #choice () {
    const { picked, targets } = this.store.state
    const groups = new Map()
    for (const { properties: p } of this.features) {
      const group = groups.get(p.target) ?? { name: p.target_name, codes: [], population: 0 }
      group.codes.push(p.code)
      group.population += p.population
      groups.set(p.target, group)
    }
    const ordered = [...groups.entries()].sort(([, a], [, b]) => b.population - a.population)
    const ticked = this.features.filter(({ properties }) => picked.includes(properties.code))
    const elsewhere = ticked.reduce((sum, { properties }) => sum + properties.population_elsewhere, 0)
    refill(this.boxes.choice,
      el('div', { class: 'pl-buttons', role: 'group', 'aria-label': 'Tick many at once' },
        ordered.map(([target, { name, codes, population }]) => button(`${name ? `All in ${name}` : `All in no ${one(targets)}`} (${number(codes.length)}, ${people(population)})`, () => {
          this.store.change({ picked: [...new Set([...this.store.state.picked, ...codes])] })
          this.say(`${several(codes.length, 'small area', 'small areas')} ticked.`)
        }, { 'data-key': `all-in-${target}` })),
        button('Untick all', () => { this.store.change({ picked: [] }); this.say('Nothing is ticked.') }, { id: 'untick', 'data-key': 'untick', off: !picked.length })),
      el('p', { class: 'govuk-body', id: 'ticked' }, el('strong', {}, `${several(picked.length, 'small area', 'small areas')} ticked`),
        picked.length ? `, ${people(ticked.reduce((sum, { properties }) => sum + properties.population, 0))}.` : '. Tick them on the map or in the list.',
        elsewhere >= 0.5 && ` ${people(elsewhere)} more of the same small areas, which a line cuts, would move too.`))
  }

  // Those that do not lie where most of the unit does come first: they are what one comes for.
  #list () {
    const { picked, area } = this.store.state
    const best = this.plan.units.get(area)?.best_match
    if (this.filterFor !== area) {
      this.filterFor = area
      this.filter = ''
      refill(this.filterBox, field({ name: 'find-small', label: 'Name or code of a small area', wide: true, act: (words) => { this.filter = words; this.#list() } }))
    }
    const words = this.filter.trim().toLocaleLowerCase('en-GB')
    const shown = this.features.map(({ properties }) => properties)
      .filter(({ name, code }) => !words || name.toLocaleLowerCase('en-GB').includes(words) || code.toLowerCase().includes(words))
      .sort((a, b) => (a.target === best) - (b.target === best) || a.name.localeCompare(b.name, 'en-GB', { numeric: true }))
    const box = this.boxes.list.querySelector('ul')
    const at = box?.scrollTop ?? 0
    refill(this.boxes.list,
      el('p', { class: 'cm-note', role: 'status' }, shown.length ? `${several(shown.length, 'small area', 'small areas')} shown.` : 'No small area has that name or code.'),
      el('ul', { class: 'govuk-checkboxes govuk-checkboxes--small pl-checks', 'aria-label': 'Small areas to tick' }, shown.map((p) => {
        const item = checkbox({ id: `small-${p.code}`, label: p.name, checked: picked.includes(p.code), act: () => this.toggle(p.code) })
        const to = this.plan.movedTo.get(p.code)
        item.append(el('span', { class: 'pl-checks__fit' }, `${people(p.population)}${p.target ? `, ${p.target_name}` : ''}${p.cut_population >= 0.5 ? ', estimated' : ''}`,
          to && el('span', { class: 'pl-tag' }, `moves to ${this.plan.nameOf(to)}`)))
        return el('li', {}, item)
      })))
    this.boxes.list.querySelector('ul').scrollTop = at
  }

  #go () {
    const { picked, area, units } = this.store.state
    const near = new Set(this.plan.units.get(area)?.neighbours ?? [])
    const force = this.plan.units.get(area)?.force
    const others = [...this.plan.bases.values()].filter((base) => base.unit !== area || base.district).sort((a, b) => a.name.localeCompare(b.name, 'en-GB'))
    const rank = (base) => (near.has(base.unit) || base.unit === area ? 0 : base.force === force ? 1 : 2)
    const labels = ['Neighbours', `Other ${many(units)} of the force`, 'Elsewhere']
    if (!this.plan.bases.has(this.to)) this.to = ''
    const to = el('select', { class: 'govuk-select', id: 'small-to', 'data-key': 'small-to', on: { change: () => { this.to = to.value; this.#go() } } },
      el('option', { value: '' }, 'Choose one'),
      labels.map((label, k) => { const own = others.filter((base) => rank(base) === k); return own.length > 0 && el('optgroup', { label }, own.map(({ code, name }) => el('option', { value: code }, name))) }))
    to.value = this.to
    const back = picked.filter((code) => this.plan.movedTo.has(code))
    refill(this.boxes.go,
      el('div', { class: 'govuk-form-group pl-field' }, el('label', { class: 'govuk-label', for: 'small-to' }, `Move them to this ${one(units)}`), to),
      el('div', { class: 'pl-buttons' },
        button(picked.length ? `Move ${several(picked.length, 'small area', 'small areas')}` : 'Move small areas', () => this.#move(), { kind: 'main', id: 'move-small', 'data-key': 'move-small', off: !picked.length || !this.to || this.to === area }),
        button('Leave ticked where they are', () => this.#takeBack(back), { id: 'stay-small', 'data-key': 'stay-small', off: !back.length })),
      note('A small area moves whole, but for a strip of under a twentieth that a line leaves in another area. Moves come after splits and before mergers.'))
  }

  #move () {
    const { picked, area } = this.store.state
    const moves = this.plan.moved(area, this.to, picked)
    if (moves.reduce((sum, { bricks }) => sum + bricks.length, 0) > MOST) {
      this.say('')
      return this.boxes.go.append(trouble(`The address of this page has room for ${number(MOST)} small areas that move. Write more into a scenario file, for crimemap mergers score.`))
    }
    const count = several(picked.length, 'small area', 'small areas')
    this.store.change({ moves, picked: [] })
    this.say(`${count} moved to ${this.plan.nameOf(this.to)}.`)
  }

  #takeBack (codes) {
    this.store.change({ moves: this.plan.unmoved(codes), picked: [] })
    this.say(`${several(codes.length, 'small area stays', 'small areas stay')} where they are.`)
  }
}
