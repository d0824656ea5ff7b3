// The ladder: each partnership beside its districts, county, command unit and force; and what officials would say of it.
import { say, sayMany } from '../words.js'
import { details, el, heading, note, paragraph } from './dom.js'
import { cautions } from './fit.js'
import { table } from './tables.js'
import { capital, classOf, counted, known, many, number, one, people } from './words.js'

const RUNGS = ['lad', 'county', 'bcu', 'pfa']
const AGREE = {
  lad: (values) => say('{n} of {covered} are whole districts', values),
  county: (values) => say('{n} of {covered} agree with their county', values),
  bcu: (values) => say('{n} of {covered} agree with their command unit', values),
  pfa: (values) => say('{n} of {covered} lie in one force', values)
}

function unitsWords (summary) {
  const same = summary.bcus_coterminous + (summary.bcus_minor ?? 0)
  const values = { units: counted(summary.bcus, 'bcu') }
  return [
    summary.bcus_minor
      ? sayMany('{n} of {units} is one partnership (small differences included).', '{n} of {units} are one partnership (small differences included).', same, values)
      : sayMany('{n} of {units} is one partnership.', '{n} of {units} are one partnership.', same, values),
    sayMany('{n} is several whole ones.', '{n} are several whole ones.', summary.bcus_of_whole_csps)
  ].join(' ')
}

function sentence (summary, place) {
  const parts = RUNGS.filter((rung) => known(summary[`${rung}_covered`]) && summary[`${rung}_covered`] > 0)
    .map((rung) => AGREE[rung]({ n: number(summary[`${rung}_agree`]), covered: number(summary[`${rung}_covered`]) }))
  const units = known(summary.bcus) && summary.bcus > 0 ? ` ${unitsWords(summary)}` : ''
  return paragraph(el('strong', {}, `${place}: `), say('of {partnerships}, {facts}.', { partnerships: counted(summary.csps, 'csp'), facts: parts.join('; ') }), units)
}

function rungCell (row, rung, weight) {
  if (row[rung] === null) return el('span', { class: 'cm-absent' }, say('not covered'))
  const codes = row[`${rung}_codes`] ?? []
  const more = codes.length > 1 && sayMany('and {n} more', 'and {n} more', codes.length - 1)
  const outside = row[`${rung}_outside`]
  const beyond = known(outside) && outside >= 0.5 && weight === 'population' ? `; ${say('{people} outside', { people: people(outside) })}` : ''
  const agrees = row[`${rung}_agrees`]
  return el('span', {},
    row[`${rung}_name`] ?? row[rung], more && ` ${more}`,
    el('span', { class: `pl-verdict pl-verdict--${agrees ? 'agrees' : 'differs'}` }, `${agrees ? say('agrees') : say('differs')}, ${classOf(row[`${rung}_class`]).words}${beyond}`))
}

export function ladderPanel (ladder) {
  const rungs = RUNGS.filter((rung) => ladder.rows.some((row) => rung in row))
  const forces = ladder.forces ?? []
  return [
    heading(3, 'm', say('The ladder')),
    paragraph(say('Partnerships, districts, counties, command units and forces beside one another. A partnership agrees with districts where it is whole districts, with the others where it is one of them or lies in one.')),
    el('div', { class: 'cm-summary pl-lead' }, sentence(ladder.summary, forces.length > 1 ? say('All') : forces[0]?.force_name ?? say('All'))),
    forces.length > 1 && details(sayMany('Each of {n} force', 'Each of {n} forces', forces.length), forces.map((force) => sentence(force, force.force_name ?? force.force))),
    table({
      caption: say('One row for each partnership'),
      file: 'ladder.csv',
      rows: ladder.rows,
      columns: [
        { label: say('Partnership'), head: true, value: (row) => row.area_name },
        ...(ladder.rows.some((row) => 'population' in row) ? [{ label: say('People'), numeric: true, value: (row) => row.population, show: (row) => number(row.population) }] : []),
        ...rungs.map((rung) => ({ label: capital(rung === 'lad' ? many(rung) : one(rung)), value: (row) => row[`${rung}_name`], show: (row) => rungCell(row, rung, ladder.outside_in) }))
      ]
    }),
    note(say('Sets: {sets}.', { sets: Object.values(ladder.sets).flat().join(', ') })),
    cautions(ladder)
  ]
}
