// Making a scenario: choose areas, merge them, split one by district, undo; and the list that does it without the map.
import { say, sayMany } from '../words.js'
import { assumptionForms, checkAssumptions } from './assumptions.js'
import { button, details, el, heading, note, paragraph, refill, trouble } from './dom.js'
import { saveFile, saveText, scenarioToml } from './downloads.js'
import { classKey } from './fit.js'
import { checkbox, field, select } from './forms.js'
import { SmallAreas } from './small_areas.js'
import { capital, classOf, kindOf, listed, many, number, one, people } from './words.js'

export class ScenarioPanel {
  constructor (box, store, { tell, look, lookSmall, report }) {
    Object.assign(this, { look, report })
    this.store = store
    this.tell = tell
    this.filter = { words: '', force: '' }
    this.boxes = Object.fromEntries(['choice', 'steps', 'outcome', 'list', 'forms', 'refused'].map((name) => [name, el('div', { class: `pl-${name}` })]))
    this.boxes.outcome.id = 'outcome'
    this.head = heading(3, 'm', say('Try a scenario'))
    this.filterBox = el('div', {})
    this.areas = details(say('Choose from a list'), this.filterBox, this.boxes.list)
    this.areas.open = true
    this.areas.classList.add('pl-areas')
    this.small = new SmallAreas(store, { tell, look: lookSmall })
    box.replaceChildren(this.head, this.boxes.choice, this.areas, this.small.element, this.boxes.steps, this.boxes.outcome, this.boxes.forms)
    this.boxes.forms.addEventListener('focusout', (event) => { if (!event.relatedTarget || !event.target.closest('details')?.contains(event.relatedTarget)) checkAssumptions(store.state) })
  }

  // Once for each pair of sets, and again when the address was changed by the browser's buttons.
  begin (planning) {
    this.planning = planning
    this.filter = { words: '', force: '' }
    this.small.begin(planning)
    refill(this.boxes.forms, heading(4, 's', say('Your limits and assumptions')), assumptionForms(this.store))
    checkAssumptions(this.store.state)
    const forces = planning.forces ?? []
    refill(this.filterBox,
      el('div', { class: 'pl-pair' },
        field({ name: 'find-area', label: say('Name or code'), wide: true, act: (words) => { this.filter.words = words; this.#list() } }),
        forces.length > 1 && select({ id: 'find-area-force', label: say('Force'), value: '', options: [['', say('All forces')], ...forces.map(({ code, name }) => [code, name ?? code])], act: (force) => { this.filter.force = force; this.#list(); this.look(force ? planning.units.filter((unit) => unit.force === force).map(({ code }) => code) : []) } })))
  }

  show (plan, fits, small) {
    this.plan = plan
    this.fits = fits
    this.#choice()
    this.#steps()
    this.#list()
    this.small.show(plan, small)
  }

  choose (code) {
    const chosen = this.plan.toggled(code)
    const on = chosen.includes(code)
    this.store.change({ chosen })
    const area = this.plan.nameOf(code)
    const now = on ? say('{area} chosen.', { area }) : say('{area} no longer chosen.', { area })
    this.tell(`${now} ${sayMany('{n} area chosen.', '{n} areas chosen.', chosen.length)}`)
  }

  merge () {
    const names = listed(this.plan.namesOf(this.plan.chosen))
    this.store.change({ merges: this.plan.merged(), chosen: [], view: this.store.state.view === 'differ' ? 'change' : this.store.state.view })
    this.tell(say('{names} merged.', { names }))
  }

  #choice () {
    const { plan, store } = this
    const { units } = store.state
    const splittable = plan.splittable
    refill(this.boxes.choice,
      plan.chosen.length
        ? paragraph(el('strong', {}, `${say('Chosen:')} `), listed(plan.namesOf(plan.chosen)), '.')
        : paragraph(say('Choose two or more {units} on the map or in the list, then merge them. With the keyboard: Tab to the map, arrow keys to move, Enter to choose.', { units: many(units) })),
      plan.unknown.length > 0 && note(sayMany('The address names {n} area that is not in this set: {names}. Left out.', 'The address names {n} areas that are not in this set: {names}. Left out.', plan.unknown.length, { names: listed(plan.unknown.slice(0, 5)) })),
      el('div', { class: 'pl-buttons' },
        button(plan.chosen.length > 1 ? say('Merge {n} chosen', { n: number(plan.chosen.length) }) : say('Merge chosen'), () => this.merge(), { kind: 'main', id: 'merge', 'data-key': 'merge', off: !plan.canMerge }),
        kindOf(units) !== 'lad' && button(say('Split by district'), () => this.#split(splittable[0]), { id: 'split', 'data-key': 'split', off: splittable.length !== 1 || plan.chosen.length !== 1 }),
        button(say('Move small areas'), () => this.small.open(plan.bases.get(plan.chosen[0]).unit), { id: 'move', 'data-key': 'move', off: plan.chosen.length !== 1 }),
        button(say('Clear choice'), () => store.change({ chosen: [] }), { id: 'clear', 'data-key': 'clear', off: !plan.chosen.length }),
        button(say('Undo'), () => { store.undo(); this.tell(say('Undone.')) }, { id: 'undo', 'data-key': 'undo', off: !store.past.length }),
        button(say('Redo'), () => { store.redo(); this.tell(say('Done again.')) }, { id: 'redo', 'data-key': 'redo', off: !store.future.length }),
        button(say('Reset'), () => { store.change({ merges: [], splits: [], moves: [], chosen: [], picked: [], name: '', view: store.state.view === 'change' ? 'differ' : store.state.view }); this.tell(say('The scenario is empty.')) }, { id: 'reset', 'data-key': 'reset', off: plan.isEmpty })))
  }

  #split (code) {
    const name = this.plan.nameOf(code)
    this.store.change({ ...this.plan.split(code), view: 'change' })
    this.tell(say('{area} split into its districts.', { area: name }))
  }

  #steps () {
    const { plan, store } = this
    if (plan.isEmpty) return refill(this.boxes.steps)
    const rename = (k, name) => store.change({ merges: plan.merges.map((merge, i) => (i === k ? { ...merge, name } : merge)) })
    const steps = JSON.stringify([plan.splits, plan.moves, plan.merges.map(({ units }) => units)])
    if (this.stepsShown === steps && this.boxes.steps.childElementCount) return
    this.stepsShown = steps
    refill(this.boxes.steps,
      heading(4, 's', say('The scenario'), { tabindex: '-1' }),
      el('ol', { class: 'pl-steps-list' },
        plan.splits.map((code) => el('li', {}, el('div', { class: 'pl-step' },
          el('span', {}, el('strong', {}, say('Split:')), ' ', say('{area} into its districts: {districts}', { area: plan.units.get(code).name, districts: listed(plan.units.get(code).districts.map((district) => plan.nameOf(`${code}/${district}`))) })),
          button(say('Remove'), () => store.change(this.plan.unsplit(code)), { kind: 'plain', 'aria-label': say('Remove the split of {area}', { area: plan.units.get(code).name }) })))),
        plan.moves.map((move) => el('li', {}, el('div', { class: 'pl-step' },
          el('span', {}, el('strong', {}, say('Move:')), ' ', sayMany('{n} small area of {from} to {to}', '{n} small areas of {from} to {to}', move.bricks.length, { from: plan.units.get(move.from).name, to: plan.nameOf(move.to) })),
          button(say('Remove'), () => store.change({ moves: this.plan.unmoved(move.bricks), picked: [] }), { kind: 'plain', 'aria-label': say('Remove the move from {from} to {to}', { from: plan.units.get(move.from).name, to: plan.nameOf(move.to) }) })))),
        plan.merges.map((merge, k) => el('li', {}, el('div', { class: 'pl-step' },
          el('span', {}, el('strong', {}, say('Merge:')), ' ', listed(plan.namesOf(merge.units))),
          button(say('Remove'), () => store.change({ merges: this.plan.merges.filter((_, i) => i !== k), chosen: [] }), { kind: 'plain', 'aria-label': say('Remove the merger of {names}', { names: listed(plan.namesOf(merge.units)) }) })),
        field({ name: `merge-name-${k}`, label: say('Name of the new {unit}', { unit: one(store.state.units) }), wide: true, value: merge.name || listed(plan.namesOf(merge.units)), act: (name) => rename(k, name.slice(0, 200)) })))),
      field({ name: 'scenario-name', label: say('Name of the scenario'), hint: say('Optional. It goes into the file and the address.'), wide: true, value: store.state.name, act: (name) => store.change({ name: name.slice(0, 200) }) }),
      el('div', { class: 'pl-buttons' },
        button(say('Save the scenario (TOML)'), () => saveText('scenario.toml', scenarioToml(this.plan.scenario()), 'application/toml'), { id: 'save-toml' }),
        button(say('Save a report for a board (HTML)'), () => this.#report('html'), { id: 'save-report' }),
        button(say('Save a report for a board (PDF)'), () => this.#report('pdf'), { id: 'save-pdf' }),
        button(say('Copy the address'), () => this.#copy(), { id: 'copy-address' })),
      this.boxes.refused,
      note(say('The file is what the command {command} takes. The address of this page holds the whole plan: send it, and others see the same.', { command: 'crimemap mergers score' })))
  }

  async #report (format) {
    refill(this.boxes.refused)
    this.tell(say('The report is being written.'))
    try {
      saveFile(`merger-report.${format}`, await this.report(format))
      this.tell(say('The report is saved.'))
    } catch (error) {
      refill(this.boxes.refused, trouble(error.message))
    }
  }

  async #copy () {
    try {
      await navigator.clipboard.writeText(window.location.href)
      this.tell(say('Address copied.'))
    } catch {
      this.tell(say('The browser does not let this page copy. Copy the address from its address bar.'))
    }
  }

  #list () {
    const { plan, filter } = this
    const words = filter.words.trim().toLocaleLowerCase('en-GB')
    const shown = [...plan.bases.values()]
      .filter((base) => (!filter.force || base.force === filter.force) && (!words || base.name.toLocaleLowerCase('en-GB').includes(words) || base.code.toLowerCase().includes(words)))
      .sort((a, b) => a.name.localeCompare(b.name, 'en-GB'))
    refill(this.boxes.list,
      el('p', { class: 'cm-note', role: 'status' }, shown.length ? sayMany('{n} area shown.', '{n} areas shown.', shown.length) : say('No area has that name or code.')),
      el('ul', { class: 'govuk-checkboxes govuk-checkboxes--small pl-checks', 'aria-label': say('{units} to choose from', { units: capital(many(this.store.state.units)) }) }, shown.map((base) => {
        const fit = this.fits?.get(base.unit)
        const group = plan.group.get(base.code)
        const item = checkbox({ id: `area-${base.code}`, label: base.name, checked: plan.chosen.includes(base.code), act: () => this.choose(base.code) })
        item.append(el('span', { class: 'pl-checks__fit' },
          fit && !base.district && [classKey(fit.class), ` ${classOf(fit.class).words}${fit.outside >= 0.5 ? `, ${say('{people} outside', { people: people(fit.outside) })}` : ''}`],
          group !== undefined && el('span', { class: 'pl-tag' }, say('in group: {group}', { group: plan.titleOf(plan.merges[group]) }))))
        return el('li', {}, item)
      })))
  }
}
