// How two sets fit, in plain English, and the same as a table.
import { details, el, heading, note, paragraph } from './dom.js'
import { table } from './tables.js'
import { CLASSES, capital, classOf, decimal, known, listed, many, measureName, measureValue, number, one, people, several, share } from './words.js'

const FITS = ['coterminous', 'minor difference', 'nested', 'split']
const crossing = (row, by) => (row[by] ?? row.class) === 'many-to-many'

export function classKey (name) {
  return el('span', { class: `pl-swatch pl-swatch--${classOf(name).slug}`, 'aria-hidden': 'true' })
}

export const classCell = (name) => el('span', { class: 'pl-class-cell' }, classKey(name), classOf(name).words)

// Bars of the classes, and the same as words beside them.
function classBars (rows, by, units) {
  const counted = CLASSES.map((one) => ({ ...one, n: rows.filter((row) => (row[by] ?? row.class) === one.name).length })).filter(({ n }) => n)
  return el('ul', { class: 'pl-bars' }, counted.map((found) => el('li', {},
    classKey(found.name),
    el('span', { class: 'pl-bars__n' }, number(found.n)),
    el('span', {}, `${found.n === 1 ? one(units) : many(units)}: ${found.words}`, el('span', { class: 'pl-quiet' }, ` (${found.long})`)))))
}

// The match by people where people are known: it may be another one than the match by area.
export function bestMatch (pair) {
  const names = new Map(pair.targets.map((row) => [row.area_code, row.area_name]))
  return (row) => ('best_match_by_population' in row ? names.get(row.best_match_by_population) ?? null : row.best_match_name)
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
    heading(3, 'm', `How ${many(units)} fit ${many(targets)}`),
    el('div', { class: 'cm-summary pl-lead' },
      paragraph(el('strong', {}, `${number(fitting.length)} of ${several(rows.length - uncovered.length, one(units), many(units))} ${fitting.length === 1 ? 'fits' : 'fit'}`),
        `: the same area as a ${where}, inside one, or made of whole ones${byPeople ? ', counted by people' : ''}.`,
        bad.length ? ` ${capital(listed(bad.slice(0, 4).map((row) => row.area_name)))}${bad.length > 4 ? ` and ${number(bad.length - 4)} more` : ''} ${bad.length === 1 ? 'is' : 'are'} crossed by its lines.` : ''),
      byPeople && known(outside) && paragraph(el('strong', {}, people(outside)), ` (${share(all ? outside / all : null)} of all) live in another ${where} than most of their ${one(units)} does.`),
      uncovered.length > 0 && paragraph(`${several(uncovered.length, one(units), many(units))} ${uncovered.length === 1 ? 'is' : 'are'} not covered by the ${many(targets)} at all. That is missing coverage, not misfit.`)),
    classBars(rows, by, units),
    table({
      caption: `${capital(many(units))}, those that fit least first`,
      file: `fit-${units}-${targets}.csv`,
      rows: [...rows].sort((a, b) => ((b.population_outside ?? b.area_m2) - (a.population_outside ?? a.area_m2))),
      columns: [
        { label: capital(one(units)), head: true, value: (row) => row.area_name, show: (row) => [row.area_name, el('span', { class: 'pl-code' }, row.area_code)] },
        { label: 'Code', hidden: true, value: (row) => row.area_code },
        { label: 'Fit', value: (row) => CLASSES.findIndex(({ name }) => name === (row[by] ?? row.class)), show: (row) => classCell(row[by] ?? row.class), csv: false },
        { label: 'Best match', value: best },
        ...(byPeople
          ? [{ label: 'People', numeric: true, value: (row) => row.population, show: (row) => number(row.population) },
              { label: 'People outside it', numeric: true, value: (row) => row.population_outside, show: (row) => number(row.population_outside) }]
          : [{ label: 'Share of area in it', numeric: true, value: (row) => row.best_share, show: (row) => share(row.best_share) }])
      ]
    }),
    details('The measures, and what they mean', measuresTable(pair), note('Slivers and what the other set does not cover are left out. See “Comparing two boundary sets” in the documentation.')),
    uncertainty(pair),
    cautions(pair)
  ]
}

// What does not cover what, overlaps itself, or is drawn at another scale: releases made before this was told say nothing.
export const cautions = (document) => (document.cautions ?? []).map((sentence) => note(sentence))

function measuresTable (pair) {
  const weights = Object.keys(pair.measures)
  const names = Object.keys(pair.measures[weights[0]] ?? {})
  const label = { area_m2: 'by area', population: 'by people', households: 'by households', incidents: 'by incidents' }
  return table({
    caption: 'Agreement of the two sets as a whole',
    csv: false,
    rows: names,
    columns: [
      { label: 'Measure', head: true, sort: false, value: measureName },
      ...weights.map((weight) => ({ label: capital(label[weight] ?? weight), numeric: true, sort: false, value: (name) => pair.measures[weight][name], show: (name) => measureValue(name, pair.measures[weight][name]) }))
    ]
  })
}

function uncertainty (pair) {
  const counted = pair.bricks?.measures?.find((row) => row.measure === 'population')
  const slivers = pair.slivers?.pieces ? ` ${several(pair.slivers.pieces, 'sliver', 'slivers')} (${decimal(pair.slivers.area_m2 / 1e6)} km²) ${pair.slivers.pieces === 1 ? 'is' : 'are'} left out of matches and measures: the same line drawn twice.` : ''
  if (!counted) return note(`People are not known for these sets: shares are of area.${slivers}`)
  const cut = counted.total ? counted.cut / counted.total : 0
  return note(counted.cut < 0.5
    ? 'No small area is cut by a line of either set, so numbers of people are sums, not estimates.'
    : `${people(counted.cut)} (${share(cut)}) live in small areas that a line cuts; they were divided by area, as if they lived evenly over it.`, slivers)
}
