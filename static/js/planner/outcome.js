// Before and after of a scenario: the sentence, the measures, the areas, the law, size and spread, savings, uncertainty.
import { say, sayMany } from '../words.js'
import { details, el, heading, note, paragraph, refill, trouble } from './dom.js'
import { classCell } from './fit.js'
import { table } from './tables.js'
import { CLASSES, capital, counted, decimal, isPlain, known, listed, many, measureName, measureValue, number, one, people, pounds, share, signed } from './words.js'

const summaryOf = (scored, measure) => scored.summary.find((row) => row.measure === measure)

function misplaced (row) {
  const values = { people: capital(people(row.after)), n: number(known(row.change) ? Math.abs(row.change) : null) }
  if (!known(row.change)) return say('{people} misplaced.', values)
  if (Math.abs(row.change) < 0.5) return say('{people} misplaced, as many as before.', values)
  return row.change < 0 ? say('{people} misplaced, {n} fewer than before.', values) : say('{people} misplaced, {n} more than before.', values)
}

// One sentence for screen readers and for the head of the page.
export function outcomeWords (scored) {
  const [units, misfit] = [summaryOf(scored, 'n_units'), summaryOf(scored, 'misfit')]
  const parts = []
  if (units) parts.push(units.after === units.before ? say('{areas}, as many as before.', { areas: counted(units.after, scored.units) }) : say('{areas} instead of {before}.', { areas: counted(units.after, scored.units), before: number(units.before) }))
  if (misfit) parts.push(misplaced(misfit))
  const far = (scored.spread ?? []).filter((row) => row.beyond?.length)
  if (far.length) parts.push(sayMany('{n} area passes a limit that you set.', '{n} areas pass a limit that you set.', far.length))
  const flags = new Set((scored.law ?? []).flatMap((row) => row.flags.map(({ flag }) => flag)))
  if (flags.has('cross_force')) parts.push(say('It crosses a force boundary: the Secretary of State must be a party.'))
  if (flags.has('wales')) parts.push(say('It includes an area in Wales, where the Act gives no way to combine.'))
  return parts.join(' ')
}

function headline (scored) {
  const tile = (label, row, bad) => row && el('div', { class: 'pl-tile' },
    el('dt', {}, label),
    el('dd', {}, el('span', { class: 'pl-tile__now' }, number(row.after)),
      el('span', { class: `pl-tile__change${known(row.change) && Math.abs(row.change) >= 0.5 && bad ? (row.change < 0 ? ' pl-better' : ' pl-worse') : ''}` }, say('{before} before, {change}', { before: number(row.before), change: signed(row.change) }))))
  const same = summaryOf(scored, 'people_coterminous') ?? summaryOf(scored, 'residents_coterminous')
  return el('dl', { class: 'pl-tiles' },
    tile(many(scored.units), summaryOf(scored, 'n_units')),
    tile(say('people misplaced'), summaryOf(scored, 'misfit'), true),
    tile(say('people in the same area as a {target}', { target: one(scored.targets) }), same),
    el('div', { class: 'pl-tile' }, el('dt', {}, say('people who change area otherwise than by a merger')), el('dd', {}, el('span', { class: 'pl-tile__now' }, number(scored.people_moved)))))
}

function measuresTable (rows, caption, file) {
  return table({
    caption,
    file,
    rows,
    columns: [
      { label: say('Measure'), head: true, sort: false, value: (row) => measureName(row.measure) },
      ...['before', 'after', 'change'].map((key) => ({
        label: { before: say('Before'), after: say('With the scenario'), change: say('Change') }[key],
        numeric: true,
        sort: false,
        value: (row) => row[key],
        show: (row) => (key === 'change' ? signed(row[key], (value) => measureValue(row.measure, value)) : measureValue(row.measure, row[key]))
      }))
    ]
  })
}

function changedRows (scored) {
  const of = (rows, when) => rows.filter((row) => row.changed).map((row) => ({ ...row, when }))
  return [...of(scored.before, 'before'), ...of(scored.after, 'after')]
}

function rowsTable (scored) {
  return table({
    caption: say('Areas that change, before and after'),
    file: 'scenario-areas.csv',
    mark: (row) => row.when !== 'before',
    rows: changedRows(scored),
    columns: [
      { label: capital(one(scored.units)), head: true, value: (row) => row.name },
      { label: say('When'), value: (row) => (row.when === 'before' ? say('before') : say('after')) },
      { label: say('Fit'), value: (row) => CLASSES.findIndex(({ name }) => name === row.class), show: (row) => classCell(row.class), csv: false },
      { label: say('Best match'), value: (row) => row.best_match_name },
      { label: say('People'), numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
      { label: say('People misplaced'), numeric: true, value: (row) => row.misfit, show: (row) => number(row.misfit) }
    ]
  })
}

// Where misfit lies across a force's line, no merger within the force can mend it: said in words, most people first.
function forceLines (scored) {
  const rows = scored.changed.length ? scored.after.filter((row) => row.changed) : scored.after
  const across = rows.filter((row) => row.beyond_force_line >= 1).sort((a, b) => b.beyond_force_line - a.beyond_force_line)
  return across.slice(0, 3).map((row) => note(say('{area}: of the people of {match} who live outside it, {people} live under another police force; no merger within the force reaches them.', { area: row.name, match: row.best_match_name, people: number(row.beyond_force_line) })))
}

function sizesTable (scored) {
  return table({
    caption: say('People, households, incidents and land of the areas that change'),
    file: 'scenario-sizes.csv',
    mark: (row) => row.when !== 'before',
    rows: changedRows(scored),
    columns: [
      { label: capital(one(scored.units)), head: true, value: (row) => row.name },
      { label: say('When'), value: (row) => (row.when === 'before' ? say('before') : say('after')) },
      { label: say('Its people outside the match'), numeric: true, value: (row) => row.outside_area, show: (row) => number(row.outside_area) },
      { label: say("The match's people outside it"), numeric: true, value: (row) => row.outside_group, show: (row) => number(row.outside_group) },
      { label: say('Of those, under another force'), numeric: true, value: (row) => row.beyond_force_line, show: (row) => row.beyond_force_line === null ? 'not known' : number(row.beyond_force_line) },
      { label: say('Households'), numeric: true, value: (row) => row.households, show: (row) => number(row.households) },
      { label: say('Incidents, 12 months'), numeric: true, value: (row) => row.incidents, show: (row) => number(row.incidents) },
      { label: say('Area, km²'), numeric: true, value: (row) => row.area_km2, show: (row) => decimal(row.area_km2) }
    ]
  })
}

function movedTable (scored, named) {
  const left = scored.moved_bricks_left_out
  return details(say('Small areas that change hands'), table({
    caption: say('Small areas that move otherwise than by a merger'),
    file: 'scenario-small-areas.csv',
    rows: scored.moved_bricks,
    columns: [
      { label: say('Small area'), head: true, value: (row) => row.brick },
      { label: say('Moves from'), value: (row) => named(row.from) },
      { label: say('Moves to'), value: (row) => named(row.to) },
      { label: say('People'), numeric: true, value: (row) => row.population, show: (row) => number(row.population) }
    ]
  }), left > 0 && note(sayMany('{n} more is left out here.', '{n} more are left out here.', left)))
}

const FLAGS = { agreement: say('Agreement needed'), wales: say('Wales'), cross_force: say('Crosses forces'), not_contiguous: say('Not in one piece'), contiguity_not_known: say('Neighbours not known'), split_county: say('Splits a county'), part_of_a_district: say('Part of a district'), look_up: say('Bodies to look up') }
const SERIOUS = ['wales', 'cross_force', 'not_contiguous', 'split_county', 'part_of_a_district']

function lawOf (row, scored, name) {
  const kinds = [...new Set(row.parties.map(({ kind }) => kind))]
  return el('div', { class: 'pl-card' },
    heading(5, 's', name),
    row.flags.length > 0 && el('ul', { class: 'pl-flags' }, row.flags.map(({ flag, says }) => el('li', {},
      el('strong', { class: `pl-flag${SERIOUS.includes(flag) ? ' pl-flag--serious' : ''}` }, FLAGS[flag] ?? flag.replaceAll('_', ' ')), ` ${says}`))),
    row.parties.length > 0 && details(sayMany('{n} party who must agree', '{n} parties who must agree', row.parties.length),
      el('ul', { class: 'govuk-list govuk-list--bullet' }, kinds.map((kind) => {
        const own = row.parties.filter((party) => party.kind === kind)
        const names = own.map((party) => party.name).filter(Boolean)
        const rule = own[0].why
        return el('li', {}, `${capital(own[0].label ?? kind)}: `, names.length ? listed(names) : el('em', {}, say('to be looked up')), names.length && names.length < own.length ? ` ${say('and others, to be looked up')}` : '',
          rule && el('span', { class: 'pl-quiet', title: scored.rules?.[rule] ?? null }, ` (${rule})`))
      }))))
}

function law (scored, nameOf) {
  const rows = (scored.law ?? []).filter((row) => row.route !== 'none needed' || row.flags.length)
  return [
    heading(4, 's', say('What the law asks')),
    rows.length ? rows.map((row) => lawOf(row, scored, nameOf(row.unit))) : paragraph(say('No combination agreement is needed, as far as districts are known.')),
    rows.length > 0 && details(say('The rules, in the words of the Act or close to them'), el('dl', { class: 'pl-rules' }, Object.entries(scored.rules ?? {}).map(([rule, says]) => [el('dt', {}, rule), el('dd', {}, says)]))),
    note(say('Crime and Disorder Act 1998, sections 5 and 5A, as amended. A checklist for a lawyer, not legal advice.'))
  ]
}

const LIMITS = { population: say('people'), area_km2: say('area'), n_districts: say('districts'), distance_km: say('distance') }

function spread (scored, nameOf) {
  const limited = Object.values(scored.spread_limits ?? {}).some(known)
  return [
    heading(4, 's', say('Near enough to people?')),
    table({
      caption: say('Size and spread of the areas that the scenario makes'),
      file: 'scenario-spread.csv',
      rows: scored.spread ?? [],
      mark: (row) => row.beyond?.length > 0,
      columns: [
        { label: capital(one(scored.units)), head: true, value: (row) => nameOf(row.unit) },
        { label: say('People'), numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
        { label: say('Area, km²'), numeric: true, value: (row) => row.area_km2, show: (row) => decimal(row.area_km2) },
        { label: say('Districts'), numeric: true, value: (row) => row.n_districts, show: (row) => number(row.n_districts) },
        { label: say('Farthest resident from the centre, km'), numeric: true, value: (row) => row.distance_km, show: (row) => decimal(row.distance_km) },
        { label: say('Your limits'), value: (row) => (row.beyond?.length ? say('beyond: {limits}', { limits: row.beyond.map((name) => LIMITS[name] ?? name).join(', ') }) : limited ? say('within') : say('none set')) }
      ]
    }),
    !limited && note(say('No limit is set: what is too remote is for you to say, below.'))
  ]
}

function savings (scored) {
  const found = scored.savings
  if (!found) return [heading(4, 's', say('Savings')), paragraph(say('None are shown, because none can be known from maps. Large reorganisations have promised savings and some have cost money. Enter your own low and high assumptions below, and they are worked out as a range.'))]
  const source = found.assumptions?.source ?? say('not said')
  const range = (low, high) => say('{low} to {high}', { low: pounds(low), high: pounds(high) })
  return [
    heading(4, 's', say('Savings, from your assumptions')),
    el('dl', { class: 'pl-tiles' }, [
      [say('saved every year'), range(found.annual_low, found.annual_high)],
      [say('spent once'), range(found.one_off_low, found.one_off_high)],
      [sayMany('net over {n} year', 'net over {n} years', found.assumptions?.years), range(found.net_low, found.net_high)]
    ].map(([label, words]) => el('div', { class: 'pl-tile' }, el('dt', {}, label), el('dd', {}, el('span', { class: 'pl-tile__range' }, words))))),
    found.says && paragraph(found.says),
    note(say('Assumed by: {source}. The low end takes low savings with high costs; below £0 it costs more than it saves.', { source }))
  ]
}

export function showOutcome (box, scored, nameOf) {
  const names = new Map([...scored.before, ...scored.after].map((row) => [row.code, row.name]))
  const named = (code) => names.get(code) ?? nameOf(code)
  const plain = scored.summary.filter((row) => isPlain(row.measure) && !(row.before === 0 && row.after === 0))
  refill(box,
    heading(4, 's', say('Before and after')),
    headline(scored),
    note(say('Misplaced: people of an area who live outside its best match, and people of that {target} who live outside the area.', { target: one(scored.targets) })),
    rowsTable(scored),
    forceLines(scored),
    details(say('People, households, incidents and land'), sizesTable(scored)),
    scored.moved_bricks?.length > 0 && movedTable(scored, named),
    details(say('Every measure, before and after'),
      measuresTable(plain, say('Areas and people'), 'scenario-measures.csv'),
      measuresTable(scored.summary.filter((row) => !isPlain(row.measure)), say('Agreement of the two sets as a whole'), 'scenario-agreement.csv')),
    law(scored, named),
    spread(scored, named),
    savings(scored),
    heading(4, 's', say('How sure are these numbers?')),
    paragraph(scored.uncertainty?.says ?? '', ' ', known(scored.uncertainty?.cut_share) && scored.uncertainty.cut_population >= 0.5 && say('That is {share} of all people.', { share: share(scored.uncertainty.cut_share) })),
    (scored.notes ?? []).map((words) => note(words)))
}

export function showTrouble (box, error) {
  refill(box, heading(4, 's', say('Before and after')), trouble(error.message))
}
