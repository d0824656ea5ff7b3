// Moving small areas from one unit to another: choose the unit, tick its small areas on the map or here, say where they go.
import { say, sayMany } from '../words.js'
import { button, details, el, note, paragraph, refill, trouble } from './dom.js'
import { checkbox, field, select } from './forms.js'
import { many, number, one, people, smallAreas } from './words.js'

//: Small areas that the address of the page has room for.
const MOST = 1_000

export class SmallAreas {
  constructor (store, { tell, look }) {
    Object.assign(this, { store, tell, look })
    this.filter = ''
    this.boxes = Object.fromEntries(['unit', 'choice', 'list', 'go'].map((name) => [name, el('div', { class: `pl-small-${name}` })]))
    this.filterBox = el('div', {})
    this.element = details(say('Move small areas'), this.boxes.unit, this.boxes.choice, this.filterBox, this.boxes.list, this.boxes.go)
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
    const area = this.#name(code)
    const now = on ? say('{area} ticked.', { area }) : say('{area} no longer ticked.', { area })
    this.tell(`${now} ${sayMany('{n} small area ticked.', '{n} small areas ticked.', this.store.state.picked.length)}`)
  }

  #name (code) { return this.features.find(({ properties }) => properties.code === code)?.properties.name ?? code }

  #unit () {
    const { units, area } = this.store.state
    const all = [...this.planning.units].sort((a, b) => a.name.localeCompare(b.name, 'en-GB'))
    if (this.unitsFor !== units) {
      refill(this.boxes.unit,
        paragraph(say('Where a line is only a little wrong, moving a few small areas across it may do more than a merger.')),
        select({ id: 'small-unit', label: say('Take small areas from this {unit}', { unit: one(units) }), value: area, options: [['', say('Choose one')], ...all.map(({ code, name }) => [code, name])], act: (unit) => { this.filter = ''; this.store.change({ area: unit, picked: [] }); this.look() } }))
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
      el('div', { class: 'pl-buttons', role: 'group', 'aria-label': say('Tick many at once') },
        ordered.map(([target, { name, codes, population }]) => button([name ? say('All in {area}', { area: name }) : say('All in no {target}', { target: one(targets) }), ` (${number(codes.length)}, ${people(population)})`], () => {
          this.store.change({ picked: [...new Set([...this.store.state.picked, ...codes])] })
          this.tell(sayMany('{n} small area ticked.', '{n} small areas ticked.', codes.length))
        }, { 'data-key': `all-in-${target}` })),
        button(say('Untick all'), () => { this.store.change({ picked: [] }); this.tell(say('Nothing is ticked.')) }, { id: 'untick', 'data-key': 'untick', off: !picked.length })),
      el('p', { class: 'govuk-body', id: 'ticked' }, el('strong', {}, sayMany('{n} small area ticked', '{n} small areas ticked', picked.length)),
        picked.length ? `, ${people(ticked.reduce((sum, { properties }) => sum + properties.population, 0))}.` : `. ${say('Tick them on the map or in the list.')}`,
        elsewhere >= 0.5 && ` ${sayMany('{n} more person of the same small areas, which a line cuts, would move too.', '{n} people more of the same small areas, which a line cuts, would move too.', Math.round(elsewhere))}`))
  }

  // Those that do not lie where most of the unit does come first: they are what one comes for.
  #list () {
    const { picked, area } = this.store.state
    const best = this.plan.units.get(area)?.best_match
    if (this.filterFor !== area) {
      this.filterFor = area
      this.filter = ''
      refill(this.filterBox, field({ name: 'find-small', label: say('Name or code of a small area'), wide: true, act: (words) => { this.filter = words; this.#list() } }))
    }
    const words = this.filter.trim().toLocaleLowerCase('en-GB')
    const shown = this.features.map(({ properties }) => properties)
      .filter(({ name, code }) => !words || name.toLocaleLowerCase('en-GB').includes(words) || code.toLowerCase().includes(words))
      .sort((a, b) => (a.target === best) - (b.target === best) || a.name.localeCompare(b.name, 'en-GB', { numeric: true }))
    const box = this.boxes.list.querySelector('ul')
    const at = box?.scrollTop ?? 0
    refill(this.boxes.list,
      el('p', { class: 'cm-note', role: 'status' }, shown.length ? sayMany('{n} small area shown.', '{n} small areas shown.', shown.length) : say('No small area has that name or code.')),
      el('ul', { class: 'govuk-checkboxes govuk-checkboxes--small pl-checks', 'aria-label': say('Small areas to tick') }, shown.map((p) => {
        const item = checkbox({ id: `small-${p.code}`, label: p.name, checked: picked.includes(p.code), act: () => this.toggle(p.code) })
        const to = this.plan.movedTo.get(p.code)
        item.append(el('span', { class: 'pl-checks__fit' }, `${people(p.population)}${p.target ? `, ${p.target_name}` : ''}${p.cut_population >= 0.5 ? `, ${say('estimated')}` : ''}`,
          to && el('span', { class: 'pl-tag' }, say('moves to {area}', { area: this.plan.nameOf(to) }))))
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
    const labels = [say('Neighbours'), say('Other {units} of the force', { units: many(units) }), say('Elsewhere')]
    if (!this.plan.bases.has(this.to)) this.to = ''
    const to = el('select', { class: 'govuk-select', id: 'small-to', 'data-key': 'small-to', on: { change: () => { this.to = to.value; this.#go() } } },
      el('option', { value: '' }, say('Choose one')),
      labels.map((label, k) => { const own = others.filter((base) => rank(base) === k); return own.length > 0 && el('optgroup', { label }, own.map(({ code, name }) => el('option', { value: code }, name))) }))
    to.value = this.to
    const back = picked.filter((code) => this.plan.movedTo.has(code))
    refill(this.boxes.go,
      el('div', { class: 'govuk-form-group pl-field' }, el('label', { class: 'govuk-label', for: 'small-to' }, say('Move them to this {unit}', { unit: one(units) })), to),
      el('div', { class: 'pl-buttons' },
        button(picked.length ? sayMany('Move {n} small area', 'Move {n} small areas', picked.length) : say('Move small areas'), () => this.#move(), { kind: 'main', id: 'move-small', 'data-key': 'move-small', off: !picked.length || !this.to || this.to === area }),
        button(say('Leave ticked where they are'), () => this.#takeBack(back), { id: 'stay-small', 'data-key': 'stay-small', off: !back.length })),
      note(say('A small area moves whole, but for a strip of under a twentieth that a line leaves in another area. Moves come after splits and before mergers.')))
  }

  #move () {
    const { picked, area } = this.store.state
    const moves = this.plan.moved(area, this.to, picked)
    if (moves.reduce((sum, { bricks }) => sum + bricks.length, 0) > MOST) {
      this.tell('')
      return this.boxes.go.append(trouble(say('The address of this page has room for {n} small areas that move. Write more into a scenario file, for crimemap mergers score.', { n: number(MOST) })))
    }
    const count = smallAreas(picked.length)
    this.store.change({ moves, picked: [] })
    this.tell(say('{areas} moved to {to}.', { areas: count, to: this.plan.nameOf(this.to) }))
  }

  #takeBack (codes) {
    this.store.change({ moves: this.plan.unmoved(codes), picked: [] })
    this.tell(sayMany('{n} small area stays where it is.', '{n} small areas stay where they are.', codes.length))
  }
}
