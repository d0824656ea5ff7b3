// Searching for the best grouping: limits, progress, cancel, the answer with its proof, and the front.
import { button, details, el, heading, note, paragraph, refill, trouble } from './dom.js'
import { classCell } from './fit.js'
import { checkbox, field, fieldset, select, showError } from './forms.js'
import { FrontPlot, pointWords } from './front.js'
import { savingsOptions, spreadOptions, typed } from './plan.js'
import { table } from './tables.js'
import { CLASSES, capital, known, listed, many, number, one, people, pounds, several } from './words.js'

const WAIT_MS = [300, 500, 800, 1200, 2000]
const NUMBERS = [['min', 'min_population', 'Fewest people in a group'], ['max', 'max_population', 'Most people in a group'], ['members', 'max_members', 'Most areas in a group'], ['changes', 'max_changes', 'Most mergers in all']]

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
    if (!Number.isInteger(value) || value < (name === 'changes' || name === 'min' ? 0 : 1)) troubles[name] = `Enter a whole number, in figures.`
    else options[key] = value
  }
  if (known(options.min_population) && known(options.max_population) && options.min_population > options.max_population) troubles.max = 'This is below the fewest people.'
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
  constructor (box, store, { api, say, use }) {
    Object.assign(this, { store, api, say, use, running: null, point: null })
    this.form = el('form', { class: 'pl-search', novalidate: true, on: { submit: (event) => { event.preventDefault(); this.start() } } })
    this.status = el('div', { class: 'pl-progress', hidden: true })
    this.answer = el('div', { id: 'answer' })
    box.replaceChildren(heading(3, 'm', 'Find the best grouping'), this.form, this.status, this.answer)
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
      paragraph(`Which ${units} should join so that they fit the ${many(state.targets)} best? The answer is proved: no grouping within your limits fits better, or the page says by how much one might.`),
      el('div', { class: 'pl-grid' },
        forces.length > 1 && select({ id: 'find-force', label: 'Where', value: state.find.force ?? '', options: [['', 'Everywhere'], ...forces.map(({ code, name }) => [code, name ?? code])], act: (value) => set('force', value) }),
        select({ id: 'find-objective', label: 'Make as small as can be', value: state.find.objective ?? 'misfit', options: [['misfit', 'people misplaced'], ['not_coterminous', `people in groups that are not the same as a ${here}`]], act: (value) => set('objective', value === 'misfit' ? '' : value) })),
      el('div', { class: 'govuk-checkboxes govuk-checkboxes--small' },
        checkbox({ id: 'find-nested', label: `A group that lies inside one ${here} is good enough`, checked: state.find.nested === 'yes', act: (on) => set('nested', on ? 'yes' : '') }),
        checkbox({ id: 'find-counties', label: 'No group may cross a county line', checked: state.find.counties === 'keep', act: (on) => set('counties', on ? 'keep' : '') }),
        checkbox({ id: 'find-across', label: 'A group may lie in more than one force', hint: 'Then the Secretary of State must be a party to the agreement.', checked: state.find.forces === 'across', act: (on) => set('forces', on ? 'across' : '') })),
      details('More limits',
        el('div', { class: 'pl-grid' }, NUMBERS.map(([name, , label]) => field({ name: `find-${name}`, label: label.replace('areas', units), value: state.find[name], act: (value) => set(name, value.trim()) }))),
        this.#pairs('together', 'Must join'), this.#pairs('apart', 'Must not join')),
      el('div', { class: 'pl-buttons' }, button('Find the best grouping', () => {}, { kind: 'main', type: 'submit', id: 'search', 'data-key': 'search' })),
      note(`The server searches for ${known(this.planning.limits?.time_limit_s) ? `up to ${number(this.planning.limits.time_limit_s)} seconds` : 'a limited time'}. Your limits for local focus and assumptions for savings, under Scenario, go into the answer too.`))
  }

  #pairs (key, label) {
    const { store } = this
    const units = [...this.planning.units].sort((a, b) => a.name.localeCompare(b.name, 'en-GB'))
    const names = new Map(units.map(({ code, name }) => [code, name]))
    const pick = { a: '', b: '' }
    const choices = [['', 'Choose'], ...units.map(({ code, name }) => [code, name])]
    const id = `find-${key}`
    return fieldset(label,
      el('ul', { class: 'pl-pairs' }, store.state[key].map((pair, k) => el('li', {}, `${names.get(pair[0]) ?? pair[0]} and ${names.get(pair[1]) ?? pair[1]} `,
        button('Remove', () => { store.change({ [key]: store.state[key].filter((_, i) => i !== k), run: '' }); this.#stale(); this.draw() }, { kind: 'plain', 'aria-label': `Remove: ${label.toLowerCase()}, ${names.get(pair[0]) ?? pair[0]} and ${names.get(pair[1]) ?? pair[1]}` })))),
      el('div', { class: 'pl-pair' },
        select({ id: `${id}-a`, label: 'This one', options: choices, value: '', act: (value) => { pick.a = value } }),
        select({ id: `${id}-b`, label: 'and this one', options: choices, value: '', act: (value) => { pick.b = value } })),
      button('Add the pair', () => {
        if (!pick.a || !pick.b || pick.a === pick.b) return this.say('Choose two different areas first.')
        store.change({ [key]: [...store.state[key], [pick.a, pick.b]], run: '' })
        this.#stale()
        this.draw()
        document.getElementById(`${id}-a`)?.focus()
      }))
  }

  // What is shown was found within other limits.
  #stale () {
    if (!this.answer.childElementCount || this.answer.querySelector('.pl-stale')) return
    this.answer.prepend(el('p', { class: 'pl-stale', role: 'status' }, 'The limits have changed since this was found: search again.'))
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
    this.#progress({ progress: 0, says: 'Starting.' })
    this.say('Search started.')
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
        if (found.status === 'failed') throw new Error(found.says ?? 'The search failed.')
        if (found.status === 'cancelled') return this.#over('Cancelled. Nothing is kept of it.')
        this.#progress(found)
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS[Math.min(turn, WAIT_MS.length - 1)]))
        if (this.running !== run) return
      }
    } catch (error) {
      if (this.running !== run) return
      if (again && error.status === 404) {
        this.store.change({ run: '' })
        this.#over('The answer that this address names is no longer kept. Search again: the same limits give the same answer.')
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
    this.#over('Cancelled.')
    this.form.querySelector('#search').focus()
  }

  #progress ({ progress, says }) {
    const percent = Math.round(100 * Math.min(Math.max(progress ?? 0, 0), 1))
    this.status.hidden = false
    if (!this.bar?.isConnected) {
      this.bar = el('progress', { max: '100', 'aria-label': 'Progress of the search' })
      this.says = el('p', { class: 'govuk-body' })
      this.status.replaceChildren(this.says, this.bar, button('Cancel', () => this.#cancel(), { id: 'cancel' }))
    }
    this.bar.value = percent
    this.says.textContent = `${says || 'Searching.'} (${percent}%)`
  }

  #over (words) {
    this.stop()
    refill(this.answer, paragraph(words))
    this.say(words)
  }

  #failed (error) {
    this.stop()
    refill(this.answer, trouble(error.message))
  }

  #done ({ result }) {
    this.stop()
    this.say(result.says)
    const { units } = this.store.state
    const merged = result.groups.filter((group) => group.merged)
    const names = new Map(this.planning.units.map(({ code, name }) => [code, name]))
    const named = (codes) => listed(codes.map((code) => names.get(code) ?? code))
    const mergeOf = (lists) => lists.filter((codes) => codes.length > 1).map((codes) => ({ units: codes, name: '' }))
    const flags = (result.law ?? []).flatMap((row) => row.flags.filter(({ flag }) => ['cross_force', 'wales', 'not_contiguous', 'split_county'].includes(flag)).map(({ says }) => says))
    refill(this.answer,
      heading(4, 's', 'The best grouping'),
      el('div', { class: 'cm-summary pl-lead' }, paragraph(el('strong', {}, result.says)), proof(result)),
      merged.length > 0 && el('div', { class: 'pl-buttons' }, button('Use this as the scenario', () => this.use(mergeOf(merged.map((group) => group.members))), { kind: 'main', id: 'use-best' })),
      merged.length > 0
        ? table({
          caption: 'What would join',
          file: 'search-groups.csv',
          rows: merged,
          columns: [
            { label: capital(many(units)), head: true, value: (row) => listed(row.names ?? row.members) },
            { label: 'Fit', value: (row) => CLASSES.findIndex(({ name }) => name === row.class), show: (row) => classCell(row.class), csv: false },
            { label: 'Best match', value: (row) => row.best_match_name ?? row.best_match },
            { label: 'People', numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
            { label: 'People misplaced', numeric: true, value: (row) => row.misfit, show: (row) => number(row.misfit) }
          ]
        })
        : paragraph('Nothing should join: the areas as they are fit best within these limits.'),
      [...new Set(flags)].map((words) => note(words)),
      ties(result, named, (lists) => this.use(mergeOf(lists))),
      result.islands?.length > 0 && note(`${named(result.islands)} ${result.islands.length === 1 ? 'has' : 'have'} no neighbour, so nothing can join ${result.islands.length === 1 ? 'it' : 'them'}.`),
      (result.left_out ?? []).length > 0 && note(`Left out: ${result.left_out.slice(0, 10).map((row) => `${row.name} (${row.why})`).join('; ')}.`),
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
      refill(chosen, paragraph(el('strong', {}, `${pointWords(row, units)}.`)),
        row.merge.length ? paragraph('Join ', row.merge.map((codes) => named(codes)).join('; '), '.') : paragraph('Nothing joins: this is today.'),
        button('Use this as the scenario', () => this.use(mergeOf(row.merge)), { id: 'use-point', 'data-key': 'use-point' }))
    }
    const plot = new FrontPlot(rows, { units, pick })
    const money = rows.some((row) => known(row.net_low))
    return [
      heading(4, 's', 'Not one answer but all that are worth a look'),
      paragraph(`The best fit for every number of ${many(units)}. ${result.front.proved ? 'Each is proved to be the best for its number.' : 'Not all of them are proved: time ran out.'}${result.front.complete ? '' : ' Some trades of fit against savings were left out.'}`),
      plot.box, chosen,
      table({
        caption: 'The same groupings as a table',
        file: 'search-front.csv',
        first: 30,
        rows: rows.map((row, k) => ({ ...row, k })),
        mark: (row) => row.efficient,
        columns: [
          { label: capital(many(units)), head: true, value: (row) => row.n_partnerships, show: (row) => several(row.n_partnerships, one(units), many(units)) },
          { label: 'Mergers', numeric: true, value: (row) => row.n_changes, show: (row) => number(row.n_changes) },
          { label: 'People misplaced', numeric: true, value: (row) => row.people, show: (row) => number(row.people) },
          ...(money ? [{ label: 'Net savings, low', numeric: true, value: (row) => row.net_low, show: (row) => pounds(row.net_low) }, { label: 'Net savings, high', numeric: true, value: (row) => row.net_high, show: (row) => pounds(row.net_high) }] : []),
          { label: 'Bettered by another', value: (row) => (row.efficient ? 'no' : 'yes') },
          { label: 'Scenario', sort: false, csv: false, value: () => '', show: (row) => button('Show', () => { pick(row.k); chosen.querySelector('button').focus() }, { kind: 'plain', 'aria-label': `Show the grouping of ${number(row.n_partnerships)} with ${people(row.people)} misplaced` }) }
        ]
      })
    ]
  }
}

function proof (result) {
  if (result.proved) return el('p', { class: 'govuk-body' }, el('strong', { class: 'pl-flag' }, 'Proved'))
  const why = result.status === 'time_limit' ? 'Time ran out before it was proved.' : 'It is not proved.'
  return paragraph(`${why} A better grouping could misplace ${people(result.gap)} fewer at most (no fewer than ${number(result.bound)} in all).`)
}

function ties (result, named, use) {
  if (!result.ties?.length) return result.ties_complete === false ? note('Whether other groupings fit as well was not looked for.') : note('No other grouping fits as well with as many areas.')
  return details(`${several(result.ties.length, 'other grouping fits', 'other groupings fit')} as well`, el('ul', { class: 'pl-pairs' }, result.ties.map((tie, k) => el('li', {},
    tie.merge.map((codes) => named(codes)).join('; '), ' ',
    button('Use', () => use(tie.merge), { kind: 'plain', 'aria-label': `Use grouping ${k + 1} that fits as well` })))),
  result.ties_complete ? null : note('There may be more.'))
}
