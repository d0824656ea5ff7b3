// How two sets fit, in plain words, and the same as a table.
import { say, sayMany } from '../words.js'
import { details, el, heading, note, paragraph } from './dom.js'
import { table } from './tables.js'
import { CLASSES, capital, classOf, counted, decimal, known, listed, many, measureName, measureValue, number, one, people, share } from './words.js'

const FITS = ['coterminous', 'minor difference', 'nested', 'split']
const crossing = (row, by) => (row[by] ?? row.class) === 'many-to-many'

export function classKey (name) {
  return el('span', { class: `pl-swatch pl-swatch--${classOf(name).slug}`, 'aria-hidden': 'true' })
}

export const classCell = (name) => el('span', { class: 'pl-class-cell' }, classKey(name), classOf(name).words)

// Bars of the classes, and the same as words beside them.
function classBars (rows, by, units) {
  const found = CLASSES.map((one) => ({ ...one, n: rows.filter((row) => (row[by] ?? row.class) === one.name).length })).filter(({ n }) => n)
  return el('ul', { class: 'pl-bars' }, found.map((row) => el('li', {},
    classKey(row.name),
    el('span', { class: 'pl-bars__n' }, number(row.n)),
    el('span', {}, `${row.n === 1 ? one(units) : many(units)}: ${row.words}`, el('span', { class: 'pl-quiet' }, ` (${row.long})`)))))
}

// The match by people where people are known: it may be another one than the match by area.
export function bestMatch (pair) {
  const names = new Map(pair.targets.map((row) => [row.area_code, row.area_name]))
  return (row) => ('best_match_by_population' in row ? names.get(row.best_match_by_population) ?? null : row.best_match_name)
}

// The first few by name.
function crossed (names) {
  const more = names.length - 4
  if (more > 0) return sayMany('{names} and {n} more are crossed by its lines.', '{names} and {n} more are crossed by its lines.', more, { names: names.slice(0, 4).join(', ') })
  return sayMany('{names} is crossed by its lines.', '{names} are crossed by its lines.', names.length, { names: capital(listed(names)) })
}

export function fitPanel (pair, { units, targets }) {
  const best = bestMatch(pair)
  const rows = pair.sources
  const byPeople = rows.some((row) => 'class_by_population' in row)
  const by = byPeople ? 'class_by_population' : 'class'
  const outside = byPeople ? rows.reduce((sum, row) => sum + (row.population_outside ?? 0), 0) : null
  const all = byPeople ? rows.reduce((sum, row) => sum + (row.population ?? 0), 0) : null
  const uncovered = rows.filter((row) => row.class === 'not covered')
  const bad = rows.filter((row) => crossing(row, by))
  const fitting = rows.filter((row) => FITS.includes(row[by] ?? row.class))
  const where = one(targets)
  return [
    heading(3, 'm', say('How {units} fit {targets}', { units: many(units), targets: many(targets) })),
    el('div', { class: 'cm-summary pl-lead' },
      paragraph(el('strong', {}, sayMany('{n} of {areas} fits', '{n} of {areas} fit', fitting.length, { areas: counted(rows.length - uncovered.length, units) })), ': ',
        byPeople ? say('the same area as a {target}, inside one, or made of whole ones, counted by people.', { target: where }) : say('the same area as a {target}, inside one, or made of whole ones.', { target: where }),
        bad.length > 0 && ` ${crossed(bad.map((row) => row.area_name))}`),
      byPeople && known(outside) && paragraph(el('strong', {}, people(outside)), ' ', say('({share} of all) live in another {target} than most of their {unit} does.', { share: share(all ? outside / all : null), target: where, unit: one(units) })),
      uncovered.length > 0 && paragraph(sayMany('{areas} is not covered by the {targets} at all. That is missing coverage, not misfit.', '{areas} are not covered by the {targets} at all. That is missing coverage, not misfit.', uncovered.length, { areas: counted(uncovered.length, units), targets: many(targets) }))),
    classBars(rows, by, units),
    table({
      caption: say('{units}, those that fit least first', { units: capital(many(units)) }),
      file: `fit-${units}-${targets}.csv`,
      rows: [...rows].sort((a, b) => ((b.population_outside ?? b.area_m2) - (a.population_outside ?? a.area_m2))),
      columns: [
        { label: capital(one(units)), head: true, value: (row) => row.area_name, show: (row) => [row.area_name, el('span', { class: 'pl-code' }, row.area_code)] },
        { label: say('Code'), hidden: true, value: (row) => row.area_code },
        { label: say('Fit'), value: (row) => CLASSES.findIndex(({ name }) => name === (row[by] ?? row.class)), show: (row) => classCell(row[by] ?? row.class), csv: false },
        { label: say('Best match'), value: best },
        ...(byPeople
          ? [{ label: say('People'), numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
              { label: say('People outside it'), numeric: true, value: (row) => row.population_outside, show: (row) => number(row.population_outside) }]
          : [{ label: say('Share of area in it'), numeric: true, value: (row) => row.best_share, show: (row) => share(row.best_share) }])
      ]
    }),
    details(say('The measures, and what they mean'), measuresTable(pair), note(say('Slivers and what the other set does not cover are left out. See “Comparing two boundary sets” in the documentation.'))),
    uncertainty(pair),
    cautions(pair)
  ]
}

// What does not cover what, overlaps itself, or is drawn at another scale: releases made before this was told say nothing.
export const cautions = (document) => (document.cautions ?? []).map((sentence) => note(sentence))

function measuresTable (pair) {
  const weights = Object.keys(pair.measures)
  const names = Object.keys(pair.measures[weights[0]] ?? {})
  const label = { area_m2: say('by area'), population: say('by people'), households: say('by households'), incidents: say('by incidents') }
  return table({
    caption: say('Agreement of the two sets as a whole'),
    csv: false,
    rows: names,
    columns: [
      { label: say('Measure'), head: true, sort: false, value: measureName },
      ...weights.map((weight) => ({ label: capital(label[weight] ?? weight), numeric: true, sort: false, value: (name) => pair.measures[weight][name], show: (name) => measureValue(name, pair.measures[weight][name]) }))
    ]
  })
}

function uncertainty (pair) {
  const residents = pair.bricks?.measures?.find((row) => row.measure === 'population')
  const slivers = pair.slivers?.pieces
    ? sayMany('{n} sliver ({area} km²) is left out of matches and measures: the same line drawn twice.', '{n} slivers ({area} km²) are left out of matches and measures: the same line drawn twice.', pair.slivers.pieces, { area: decimal(pair.slivers.area_m2 / 1e6) })
    : ''
  if (!residents) return note(say('People are not known for these sets: shares are of area.'), ' ', slivers)
  const cut = residents.total ? residents.cut / residents.total : 0
  return note(residents.cut < 0.5
    ? say('No small area is cut by a line of either set, so numbers of people are sums, not estimates.')
    : say('{people} ({share}) live in small areas that a line cuts; they were divided by area, as if they lived evenly over it.', { people: people(residents.cut), share: share(cut) }), ' ', slivers)
}
