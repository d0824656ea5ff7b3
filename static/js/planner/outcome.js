// Before and after of a scenario: the sentence, the measures, the areas, the law, size and spread, savings, uncertainty.
import { details, el, heading, note, paragraph, refill, trouble } from './dom.js'
import { classCell } from './fit.js'
import { table } from './tables.js'
import { CLASSES, capital, decimal, isPlain, known, listed, many, measureName, measureValue, number, one, people, pounds, several, share, signed } from './words.js'

const summaryOf = (scored, measure) => scored.summary.find((row) => row.measure === measure)

function fewer (row) {
  if (!row || !known(row.change)) return ''
  if (Math.abs(row.change) < 0.5) return ', as many as before'
  return `, ${number(Math.abs(row.change))} ${row.change < 0 ? 'fewer' : 'more'} than before`
}

// One sentence for screen readers and for the head of the page.
export function outcomeWords (scored) {
  const [units, misfit] = [summaryOf(scored, 'n_units'), summaryOf(scored, 'misfit')]
  const parts = []
  if (units) parts.push(`${several(units.after, one(scored.units), many(scored.units))}${units.after === units.before ? ', as many as before' : ` instead of ${number(units.before)}`}.`)
  if (misfit) parts.push(`${capital(people(misfit.after))} misplaced${fewer(misfit)}.`)
  const far = (scored.spread ?? []).filter((row) => row.beyond?.length)
  if (far.length) parts.push(`${several(far.length, 'area passes', 'areas pass')} a limit that you set.`)
  const flags = new Set((scored.law ?? []).flatMap((row) => row.flags.map(({ flag }) => flag)))
  if (flags.has('cross_force')) parts.push('It crosses a force boundary: the Secretary of State must be a party.')
  if (flags.has('wales')) parts.push('It includes an area in Wales, where the Act gives no way to combine.')
  return parts.join(' ')
}

function headline (scored) {
  const tile = (label, row, bad) => row && el('div', { class: 'pl-tile' },
    el('dt', {}, label),
    el('dd', {}, el('span', { class: 'pl-tile__now' }, number(row.after)),
      el('span', { class: `pl-tile__change${known(row.change) && Math.abs(row.change) >= 0.5 && bad ? (row.change < 0 ? ' pl-better' : ' pl-worse') : ''}` }, `${number(row.before)} before, ${signed(row.change)}`)))
  const same = summaryOf(scored, 'people_coterminous') ?? summaryOf(scored, 'residents_coterminous')
  return el('dl', { class: 'pl-tiles' },
    tile(many(scored.units), summaryOf(scored, 'n_units')),
    tile('people misplaced', summaryOf(scored, 'misfit'), true),
    tile(`people in the same area as a ${one(scored.targets)}`, same),
    el('div', { class: 'pl-tile' }, el('dt', {}, 'people who change area otherwise than by a merger'), el('dd', {}, el('span', { class: 'pl-tile__now' }, number(scored.people_moved)))))
}

function measuresTable (rows, caption, file) {
  return table({
    caption,
    file,
    rows,
    columns: [
      { label: 'Measure', head: true, sort: false, value: (row) => measureName(row.measure) },
      ...['before', 'after', 'change'].map((key) => ({
        label: { before: 'Before', after: 'With the scenario', change: 'Change' }[key],
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
    caption: 'Areas that change, before and after',
    file: 'scenario-areas.csv',
    mark: (row) => row.when !== 'before',
    rows: changedRows(scored),
    columns: [
      { label: capital(one(scored.units)), head: true, value: (row) => row.name },
      { label: 'When', value: (row) => row.when },
      { label: 'Fit', value: (row) => CLASSES.findIndex(({ name }) => name === row.class), show: (row) => classCell(row.class), csv: false },
      { label: 'Best match', value: (row) => row.best_match_name },
      { label: 'People', numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
      { label: 'People misplaced', numeric: true, value: (row) => row.misfit, show: (row) => number(row.misfit) }
    ]
  })
}

// Where misfit lies across a force's line, no merger within the force can mend it: said in words, most people first.
function forceLines (scored) {
  const rows = scored.changed.length ? scored.after.filter((row) => row.changed) : scored.after
  const across = rows.filter((row) => row.beyond_force_line >= 1).sort((a, b) => b.beyond_force_line - a.beyond_force_line)
  return across.slice(0, 3).map((row) => note(`${row.name}: of the people of ${row.best_match_name} who live outside it, ${number(row.beyond_force_line)} live under another police force; no merger within the force reaches them.`))
}

function sizesTable (scored) {
  return table({
    caption: 'People, households, incidents and land of the areas that change',
    file: 'scenario-sizes.csv',
    mark: (row) => row.when !== 'before',
    rows: changedRows(scored),
    columns: [
      { label: capital(one(scored.units)), head: true, value: (row) => row.name },
      { label: 'When', value: (row) => row.when },
      { label: 'Its people outside the match', numeric: true, value: (row) => row.outside_area, show: (row) => number(row.outside_area) },
      { label: 'The match\'s people outside it', numeric: true, value: (row) => row.outside_group, show: (row) => number(row.outside_group) },
      { label: 'Of those, under another force', numeric: true, value: (row) => row.beyond_force_line, show: (row) => row.beyond_force_line === null ? 'not known' : number(row.beyond_force_line) },
      { label: 'Households', numeric: true, value: (row) => row.households, show: (row) => number(row.households) },
      { label: 'Incidents, 12 months', numeric: true, value: (row) => row.incidents, show: (row) => number(row.incidents) },
      { label: 'Area, km²', numeric: true, value: (row) => row.area_km2, show: (row) => decimal(row.area_km2) }
    ]
  })
}

function movedTable (scored, named) {
  const left = scored.moved_bricks_left_out
  return details('Small areas that change hands', table({
    caption: 'Small areas that move otherwise than by a merger',
    file: 'scenario-small-areas.csv',
    rows: scored.moved_bricks,
    columns: [
      { label: 'Small area', head: true, value: (row) => row.brick },
      { label: 'From', value: (row) => named(row.from) },
      { label: 'To', value: (row) => named(row.to) },
      { label: 'People', numeric: true, value: (row) => row.population, show: (row) => number(row.population) }
    ]
  }), left > 0 && note(`${number(left)} more are left out here.`))
}

const FLAGS = { agreement: 'Agreement needed', wales: 'Wales', cross_force: 'Crosses forces', not_contiguous: 'Not in one piece', contiguity_not_known: 'Neighbours not known', split_county: 'Splits a county', part_of_a_district: 'Part of a district', look_up: 'Bodies to look up' }
const SERIOUS = ['wales', 'cross_force', 'not_contiguous', 'split_county', 'part_of_a_district']

function lawOf (row, scored, name) {
  const kinds = [...new Set(row.parties.map(({ kind }) => kind))]
  return el('div', { class: 'pl-card' },
    heading(5, 's', name),
    row.flags.length > 0 && el('ul', { class: 'pl-flags' }, row.flags.map(({ flag, says }) => el('li', {},
      el('strong', { class: `pl-flag${SERIOUS.includes(flag) ? ' pl-flag--serious' : ''}` }, FLAGS[flag] ?? flag.replaceAll('_', ' ')), ` ${says}`))),
    row.parties.length > 0 && details(`${several(row.parties.length, 'party who must agree', 'parties who must agree')}`,
      el('ul', { class: 'govuk-list govuk-list--bullet' }, kinds.map((kind) => {
        const own = row.parties.filter((party) => party.kind === kind)
        const names = own.map((party) => party.name).filter(Boolean)
        const rule = own[0].why
        return el('li', {}, `${capital(kind)}: `, names.length ? listed(names) : el('em', {}, 'to be looked up'), names.length && names.length < own.length ? ' and others, to be looked up' : '',
          rule && el('span', { class: 'pl-quiet', title: scored.rules?.[rule] ?? null }, ` (${rule})`))
      }))))
}

function law (scored, nameOf) {
  const rows = (scored.law ?? []).filter((row) => row.route !== 'none needed' || row.flags.length)
  return [
    heading(4, 's', 'What the law asks'),
    rows.length ? rows.map((row) => lawOf(row, scored, nameOf(row.unit))) : paragraph('No combination agreement is needed, as far as districts are known.'),
    rows.length > 0 && details('The rules, in the words of the Act or close to them', el('dl', { class: 'pl-rules' }, Object.entries(scored.rules ?? {}).map(([rule, says]) => [el('dt', {}, rule), el('dd', {}, says)]))),
    note('Crime and Disorder Act 1998, sections 5 and 5A, as amended. A checklist for a lawyer, not legal advice.')
  ]
}

const LIMITS = { population: 'people', area_km2: 'area', n_districts: 'districts', distance_km: 'distance' }

function spread (scored, nameOf) {
  const limited = Object.values(scored.spread_limits ?? {}).some(known)
  return [
    heading(4, 's', 'Near enough to people?'),
    table({
      caption: 'Size and spread of the areas that the scenario makes',
      file: 'scenario-spread.csv',
      rows: scored.spread ?? [],
      mark: (row) => row.beyond?.length > 0,
      columns: [
        { label: capital(one(scored.units)), head: true, value: (row) => nameOf(row.unit) },
        { label: 'People', numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
        { label: 'Area, km²', numeric: true, value: (row) => row.area_km2, show: (row) => decimal(row.area_km2) },
        { label: 'Districts', numeric: true, value: (row) => row.n_districts, show: (row) => number(row.n_districts) },
        { label: 'Farthest resident from the centre, km', numeric: true, value: (row) => row.distance_km, show: (row) => decimal(row.distance_km) },
        { label: 'Your limits', value: (row) => (row.beyond?.length ? `beyond: ${row.beyond.map((name) => LIMITS[name] ?? name).join(', ')}` : limited ? 'within' : 'none set') }
      ]
    }),
    !limited && note('No limit is set: what is too remote is for you to say, below.')
  ]
}

function savings (scored) {
  const found = scored.savings
  if (!found) return [heading(4, 's', 'Savings'), paragraph('None are shown, because none can be known from maps. Large reorganisations have promised savings and some have cost money. Enter your own low and high assumptions below, and they are worked out as a range.')]
  const range = (low, high) => `${pounds(low)} to ${pounds(high)}`
  return [
    heading(4, 's', 'Savings, from your assumptions'),
    el('dl', { class: 'pl-tiles' }, [
      ['saved every year', range(found.annual_low, found.annual_high)],
      ['spent once', range(found.one_off_low, found.one_off_high)],
      [`net over ${several(found.assumptions?.years, 'year', 'years')}`, range(found.net_low, found.net_high)]
    ].map(([label, words]) => el('div', { class: 'pl-tile' }, el('dt', {}, label), el('dd', {}, el('span', { class: 'pl-tile__range' }, words))))),
    found.says && paragraph(found.says),
    note(`Assumed by: ${found.assumptions?.source ?? 'not said'}. The low end takes low savings with high costs; below £0 it costs more than it saves.`)
  ]
}

export function showOutcome (box, scored, nameOf) {
  const names = new Map([...scored.before, ...scored.after].map((row) => [row.code, row.name]))
  const named = (code) => names.get(code) ?? nameOf(code)
  const plain = scored.summary.filter((row) => isPlain(row.measure) && !(row.before === 0 && row.after === 0))
  refill(box,
    heading(4, 's', 'Before and after'),
    headline(scored),
    note(`Misplaced: people of an area who live outside its best match, and people of that ${one(scored.targets)} who live outside the area.`),
    rowsTable(scored),
    forceLines(scored),
    details('People, households, incidents and land', sizesTable(scored)),
    scored.moved_bricks?.length > 0 && movedTable(scored, named),
    details('Every measure, before and after',
      measuresTable(plain, 'Areas and people', 'scenario-measures.csv'),
      measuresTable(scored.summary.filter((row) => !isPlain(row.measure)), 'Agreement of the two sets as a whole', 'scenario-agreement.csv')),
    law(scored, named),
    spread(scored, named),
    savings(scored),
    heading(4, 's', 'How sure are these numbers?'),
    paragraph(scored.uncertainty?.says ?? '', known(scored.uncertainty?.cut_share) && scored.uncertainty.cut_population >= 0.5 ? ` That is ${share(scored.uncertainty.cut_share)} of all people.` : ''),
    (scored.notes ?? []).map((words) => note(words)))
}

export function showTrouble (box, error) {
  refill(box, heading(4, 's', 'Before and after'), trouble(error.message))
}
