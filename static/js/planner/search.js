// Searching for the best grouping: limits, progress, cancel, the answer with its proof, and the front.
import { say, sayMany } from '../words.js'
import { button, details, el, heading, note, paragraph, refill, trouble } from './dom.js'
import { classCell } from './fit.js'
import { checkbox, field, fieldset, select, showError } from './forms.js'
import { FrontPlot, pointWords } from './front.js'
import { savingsOptions, spreadOptions, typed } from './plan.js'
import { table } from './tables.js'
import { CLASSES, capital, counted, known, listed, many, number, one, people, pounds } from './words.js'

const WAIT_MS = [300, 500, 800, 1200, 2000]
const NUMBERS = [['min', 'min_population', say('Fewest people in a group')], ['max', 'max_population', say('Most people in a group')], ['members', 'max_members', ''], ['changes', 'max_changes', say('Most mergers in all')]]

// The options as the server takes them, and the sentence for each field that is wrong.
export function searchOptions (state, planning) {
  const { find } = state
  const troubles = {}
  const options = {
    objective: find.objective === 'not_coterminous' ? 'not_coterminous' : 'misfit',
    accept_nesting: find.nested === 'yes',
    within_force: find.forces !== 'across',
    keep_counties: find.counties === 'keep',
    front: true
  }
  if (find.force) options.forces = [find.force]
  for (const [name, key] of NUMBERS) {
    const value = typed(find[name])
    if (value === null) continue
    if (!Number.isInteger(value) || value < (name === 'changes' || name === 'min' ? 0 : 1)) troubles[name] = say('Enter a whole number, in figures.')
    else options[key] = value
  }
  if (known(options.min_population) && known(options.max_population) && options.min_population > options.max_population) troubles.max = say('This is below the fewest people.')
  const codes = new Set(planning.units.map(({ code }) => code))
  const pairs = (given) => given.filter((pair) => pair.every((code) => codes.has(code)))
  if (pairs(state.together).length) options.must_join = pairs(state.together)
  if (pairs(state.apart).length) options.must_not_join = pairs(state.apart)
  const tolerance = typed(state.tolerance)
  if (tolerance !== null && tolerance >= 0 && tolerance < 50) options.tolerance = tolerance / 100
  const [savings, spread] = [savingsOptions(state.savings), spreadOptions(state.spread)]
  if (savings) options.savings = savings
  if (spread) options.spread = spread
  return { options, troubles }
}

export class SearchPanel {
  constructor (box, store, { api, tell, use }) {
    Object.assign(this, { store, api, tell, use, running: null, point: null })
    this.form = el('form', { class: 'pl-search', novalidate: true, on: { submit: (event) => { event.preventDefault(); this.start() } } })
    this.status = el('div', { class: 'pl-progress', hidden: true })
    this.answer = el('div', { id: 'answer' })
    box.replaceChildren(heading(3, 'm', say('Find the best grouping')), this.form, this.status, this.answer)
  }

  begin (planning) {
    this.planning = planning
    this.stop()
    refill(this.answer)
    this.draw()
    if (this.store.state.run) this.follow(this.store.state.run, true)
  }

  draw () {
    const { state } = this.store
    const set = (name, value) => {
      const find = { ...this.store.state.find }
      if (value) find[name] = value
      else delete find[name]
      this.store.change({ find, run: '' })
      this.#stale()
    }
    const forces = this.planning.forces ?? []
    const units = many(state.units)
    const here = one(state.targets)
    refill(this.form,
      paragraph(say('Which {units} should join so that they fit the {targets} best? The answer is proved: no grouping within your limits fits better, or the page says by how much one might.', { units, targets: many(state.targets) })),
      el('div', { class: 'pl-grid' },
        forces.length > 1 && select({ id: 'find-force', label: say('Where'), value: state.find.force ?? '', options: [['', say('Everywhere')], ...forces.map(({ code, name }) => [code, name ?? code])], act: (value) => set('force', value) }),
        select({ id: 'find-objective', label: say('Make as small as can be'), value: state.find.objective ?? 'misfit', options: [['misfit', say('people misplaced')], ['not_coterminous', say('people in groups that are not the same as a {target}', { target: here })]], act: (value) => set('objective', value === 'misfit' ? '' : value) })),
      el('div', { class: 'govuk-checkboxes govuk-checkboxes--small' },
        checkbox({ id: 'find-nested', label: say('A group that lies inside one {target} is good enough', { target: here }), checked: state.find.nested === 'yes', act: (on) => set('nested', on ? 'yes' : '') }),
        checkbox({ id: 'find-counties', label: say('No group may cross a county line'), checked: state.find.counties === 'keep', act: (on) => set('counties', on ? 'keep' : '') }),
        checkbox({ id: 'find-across', label: say('A group may lie in more than one force'), hint: say('Then the Secretary of State must be a party to the agreement.'), checked: state.find.forces === 'across', act: (on) => set('forces', on ? 'across' : '') })),
      details(say('More limits'),
        el('div', { class: 'pl-grid' }, NUMBERS.map(([name, , label]) => field({ name: `find-${name}`, label: label || say('Most areas in a group ({units})', { units }), value: state.find[name], act: (value) => set(name, value.trim()) }))),
        this.#pairs('together', say('Must join')), this.#pairs('apart', say('Must not join'))),
      el('div', { class: 'pl-buttons' }, button(say('Find the best grouping'), () => {}, { kind: 'main', type: 'submit', id: 'search', 'data-key': 'search' })),
      note(known(this.planning.limits?.time_limit_s) ? sayMany('The server searches for up to {n} second.', 'The server searches for up to {n} seconds.', this.planning.limits.time_limit_s) : say('The server searches for a limited time.'), ' ', say('Your limits for local focus and assumptions for savings, under Scenario, go into the answer too.')))
  }

  #pairs (key, label) {
    const { store } = this
    const units = [...this.planning.units].sort((a, b) => a.name.localeCompare(b.name, 'en-GB'))
    const names = new Map(units.map(({ code, name }) => [code, name]))
    const pick = { a: '', b: '' }
    const choices = [['', say('Choose')], ...units.map(({ code, name }) => [code, name])]
    const id = `find-${key}`
    return fieldset(label,
      el('ul', { class: 'pl-pairs' }, store.state[key].map((pair, k) => el('li', {}, listed(pair.map((code) => names.get(code) ?? code)), ' ',
        button(say('Remove'), () => { store.change({ [key]: store.state[key].filter((_, i) => i !== k), run: '' }); this.#stale(); this.draw() }, { kind: 'plain', 'aria-label': say('Remove: {rule}, {names}', { rule: label.toLowerCase(), names: listed(pair.map((code) => names.get(code) ?? code)) }) })))),
      el('div', { class: 'pl-pair' },
        select({ id: `${id}-a`, label: say('This one'), options: choices, value: '', act: (value) => { pick.a = value } }),
        select({ id: `${id}-b`, label: say('and this one'), options: choices, value: '', act: (value) => { pick.b = value } })),
      button(say('Add the pair'), () => {
        if (!pick.a || !pick.b || pick.a === pick.b) return this.tell(say('Choose two different areas first.'))
        store.change({ [key]: [...store.state[key], [pick.a, pick.b]], run: '' })
        this.#stale()
        this.draw()
        document.getElementById(`${id}-a`)?.focus()
      }))
  }

  // What is shown was found within other limits.
  #stale () {
    if (!this.answer.childElementCount || this.answer.querySelector('.pl-stale')) return
    this.answer.prepend(el('p', { class: 'pl-stale', role: 'status' }, say('The limits have changed since this was found: search again.')))
  }

  async start () {
    const { options, troubles } = searchOptions(this.store.state, this.planning)
    for (const [name] of NUMBERS) showError(`find-${name}`, troubles[name])
    const wrong = Object.keys(troubles)
    if (wrong.length) {
      document.getElementById(`find-${wrong[0]}`)?.closest('details')?.setAttribute('open', '')
      document.getElementById(`find-${wrong[0]}`)?.focus()
      return
    }
    this.stop()
    refill(this.answer)
    this.#progress({ progress: 0, says: say('Starting.') })
    this.tell(say('Search started.'))
    try {
      const { units, targets } = this.store.state
      const begun = await this.api.search({ units, targets, options })
      this.store.change({ run: begun.id })
      await this.follow(begun.id, false, begun)
    } catch (error) {
      this.#failed(error)
    }
  }

  // Ask again and again until it is over; what the address named may be gone.
  async follow (id, again, first = null) {
    const run = { id }
    this.running = run
    try {
      let found = first
      for (let turn = 0; ; turn++) {
        if (!found || turn > 0) found = await this.api.searched(id)
        if (this.running !== run) return
        if (found.status === 'done' || found.result) return this.#done(found)
        if (found.status === 'failed') throw new Error(found.says ?? say('The search failed.'))
        if (found.status === 'cancelled') return this.#over(say('Cancelled. Nothing is kept of it.'))
        this.#progress(found)
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS[Math.min(turn, WAIT_MS.length - 1)]))
        if (this.running !== run) return
      }
    } catch (error) {
      if (this.running !== run) return
      if (again && error.status === 404) {
        this.store.change({ run: '' })
        this.#over(say('The answer that this address names is no longer kept. Search again: the same limits give the same answer.'))
      } else this.#failed(error)
    }
  }

  stop () {
    this.running = null
    this.status.hidden = true
  }

  async #cancel () {
    const run = this.running
    if (!run) return this.stop()
    this.running = null
    await this.api.cancel(run.id).catch(() => {})
    this.store.change({ run: '' })
    this.#over(say('Cancelled.'))
    this.form.querySelector('#search').focus()
  }

  #progress ({ progress, says }) {
    const percent = Math.round(100 * Math.min(Math.max(progress ?? 0, 0), 1))
    this.status.hidden = false
    if (!this.bar?.isConnected) {
      this.bar = el('progress', { max: '100', 'aria-label': say('Progress of the search') })
      this.says = el('p', { class: 'govuk-body' })
      this.status.replaceChildren(this.says, this.bar, button(say('Cancel'), () => this.#cancel(), { id: 'cancel' }))
    }
    this.bar.value = percent
    this.says.textContent = `${says || say('Searching.')} (${percent}%)`
  }

  #over (words) {
    this.stop()
    refill(this.answer, paragraph(words))
    this.tell(words)
  }

  #failed (error) {
    this.stop()
    refill(this.answer, trouble(error.message))
  }

  #done ({ result }) {
    this.stop()
    this.tell(result.says)
    const { units } = this.store.state
    const merged = result.groups.filter((group) => group.merged)
    const names = new Map(this.planning.units.map(({ code, name }) => [code, name]))
    const named = (codes) => listed(codes.map((code) => names.get(code) ?? code))
    const mergeOf = (lists) => lists.filter((codes) => codes.length > 1).map((codes) => ({ units: codes, name: '' }))
    const flags = (result.law ?? []).flatMap((row) => row.flags.filter(({ flag }) => ['cross_force', 'wales', 'not_contiguous', 'split_county'].includes(flag)).map(({ says }) => says))
    refill(this.answer,
      heading(4, 's', say('The best grouping')),
      el('div', { class: 'cm-summary pl-lead' }, paragraph(el('strong', {}, result.says)), proof(result)),
      merged.length > 0 && el('div', { class: 'pl-buttons' }, button(say('Use this as the scenario'), () => this.use(mergeOf(merged.map((group) => group.members))), { kind: 'main', id: 'use-best' })),
      merged.length > 0
        ? table({
          caption: say('What would join'),
          file: 'search-groups.csv',
          rows: merged,
          columns: [
            { label: capital(many(units)), head: true, value: (row) => listed(row.names ?? row.members) },
            { label: say('Fit'), value: (row) => CLASSES.findIndex(({ name }) => name === row.class), show: (row) => classCell(row.class), csv: false },
            { label: say('Best match'), value: (row) => row.best_match_name ?? row.best_match },
            { label: say('People'), numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
            { label: say('People misplaced'), numeric: true, value: (row) => row.misfit, show: (row) => number(row.misfit) }
          ]
        })
        : paragraph(say('Nothing should join: the areas as they are fit best within these limits.')),
      [...new Set(flags)].map((words) => note(words)),
      ties(result, named, (lists) => this.use(mergeOf(lists))),
      result.islands?.length > 0 && note(sayMany('{names} has no neighbour, so nothing can join it.', '{names} have no neighbour, so nothing can join them.', result.islands.length, { names: named(result.islands) })),
      (result.left_out ?? []).length > 0 && note(say('Left out: {areas}.', { areas: result.left_out.slice(0, 10).map((row) => `${row.name} (${row.why})`).join('; ') })),
      (result.notes ?? []).map((words) => note(words)),
      this.#front(result, named, mergeOf))
  }

  #front (result, named, mergeOf) {
    const rows = result.front?.rows ?? []
    if (!rows.length) return []
    const { units } = this.store.state
    const chosen = el('div', { class: 'pl-point', 'aria-live': 'polite' })
    const pick = (k) => {
      plot.select(k)
      const row = rows[k]
      refill(chosen, paragraph(el('strong', {}, pointWords(row, units))),
        row.merge.length ? paragraph(say('Join {groups}.', { groups: row.merge.map((codes) => named(codes)).join('; ') })) : paragraph(say('Nothing joins: this is today.')),
        button(say('Use this as the scenario'), () => this.use(mergeOf(row.merge)), { id: 'use-point', 'data-key': 'use-point' }))
    }
    const plot = new FrontPlot(rows, { units, pick })
    const money = rows.some((row) => known(row.net_low))
    return [
      heading(4, 's', say('Not one answer but all that are worth a look')),
      paragraph(say('The best fit for every number of {units}.', { units: many(units) }), ' ', result.front.proved ? say('Each is proved to be the best for its number.') : say('Not all of them are proved: time ran out.'), result.front.complete ? '' : ` ${say('Some trades of fit against savings were left out.')}`),
      plot.box, chosen,
      table({
        caption: say('The same groupings as a table'),
        file: 'search-front.csv',
        first: 30,
        rows: rows.map((row, k) => ({ ...row, k })),
        mark: (row) => row.efficient,
        columns: [
          { label: capital(many(units)), head: true, value: (row) => row.n_partnerships, show: (row) => counted(row.n_partnerships, units) },
          { label: say('Mergers'), numeric: true, value: (row) => row.n_changes, show: (row) => number(row.n_changes) },
          { label: say('People misplaced'), numeric: true, value: (row) => row.people, show: (row) => number(row.people) },
          ...(money ? [{ label: say('Net savings, low'), numeric: true, value: (row) => row.net_low, show: (row) => pounds(row.net_low) }, { label: say('Net savings, high'), numeric: true, value: (row) => row.net_high, show: (row) => pounds(row.net_high) }] : []),
          { label: say('Bettered by another'), value: (row) => (row.efficient ? say('no') : say('yes')) },
          { label: say('Scenario'), sort: false, csv: false, value: () => '', show: (row) => button(say('Show'), () => { pick(row.k); chosen.querySelector('button').focus() }, { kind: 'plain', 'aria-label': say('Show the grouping of {n} with {people} misplaced', { n: number(row.n_partnerships), people: people(row.people) }) }) }
        ]
      })
    ]
  }
}

function proof (result) {
  if (result.proved) return el('p', { class: 'govuk-body' }, el('strong', { class: 'pl-flag' }, say('Proved')))
  const why = result.status === 'time_limit' ? say('Time ran out before it was proved.') : say('It is not proved.')
  return paragraph(why, ' ', say('A better grouping could misplace {people} fewer at most (no fewer than {bound} in all).', { people: people(result.gap), bound: number(result.bound) }))
}

function ties (result, named, use) {
  if (!result.ties?.length) return result.ties_complete === false ? note(say('Whether other groupings fit as well was not looked for.')) : note(say('No other grouping fits as well with as many areas.'))
  return details(sayMany('{n} other grouping fits as well', '{n} other groupings fit as well', result.ties.length), el('ul', { class: 'pl-pairs' }, result.ties.map((tie, k) => el('li', {},
    tie.merge.map((codes) => named(codes)).join('; '), ' ',
    button(say('Use'), () => use(tie.merge), { kind: 'plain', 'aria-label': say('Use grouping {k} that fits as well', { k: k + 1 }) })))),
  result.ties_complete ? null : note(say('There may be more.')))
}
