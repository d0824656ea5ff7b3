// The ladder: each partnership beside its districts, county, command unit and force; and what officials would say of it.
import { details, el, heading, note, paragraph } from './dom.js'
import { cautions } from './fit.js'
import { table } from './tables.js'
import { capital, classOf, known, many, number, one, people, several } from './words.js'

const RUNGS = ['lad', 'county', 'bcu', 'pfa']
const PHRASE = { lad: 'are whole districts', county: 'agree with their county', bcu: 'agree with their command unit', pfa: 'lie in one force' }

function sentence (summary, place) {
  const parts = RUNGS.filter((rung) => known(summary[`${rung}_covered`]) && summary[`${rung}_covered`] > 0)
    .map((rung) => `${number(summary[`${rung}_agree`])} of ${number(summary[`${rung}_covered`])} ${PHRASE[rung]}`)
  const units = known(summary.bcus) && summary.bcus > 0
    ? ` ${number(summary.bcus_coterminous + (summary.bcus_minor ?? 0))} of ${several(summary.bcus, 'command unit', 'command units')} ${summary.bcus_coterminous + (summary.bcus_minor ?? 0) === 1 ? 'is' : 'are'} one partnership${summary.bcus_minor ? ' (small differences included)' : ''}, ${number(summary.bcus_of_whole_csps)} ${summary.bcus_of_whole_csps === 1 ? 'is' : 'are'} several whole ones.`
    : ''
  return paragraph(el('strong', {}, `${place}: `), `of ${several(summary.csps, 'partnership', 'partnerships')}, ${parts.join('; ')}.${units}`)
}

function rungCell (row, rung, weight) {
  if (row[rung] === null) return el('span', { class: 'cm-absent' }, 'not covered')
  const names = row[`${rung}_codes`]?.length > 1 ? ` and ${number(row[`${rung}_codes`].length - 1)} more` : ''
  const outside = row[`${rung}_outside`]
  const beyond = known(outside) && outside >= 0.5 && weight === 'population' ? `; ${people(outside)} outside` : ''
  const agrees = row[`${rung}_agrees`]
  return el('span', {},
    `${row[`${rung}_name`] ?? row[rung]}${names}`,
    el('span', { class: `pl-verdict pl-verdict--${agrees ? 'agrees' : 'differs'}` }, `${agrees ? 'agrees' : 'differs'}, ${classOf(row[`${rung}_class`]).words}${beyond}`))
}

export function ladderPanel (ladder) {
  const rungs = RUNGS.filter((rung) => ladder.rows.some((row) => rung in row))
  const forces = ladder.forces ?? []
  return [
    heading(3, 'm', 'The ladder'),
    paragraph('Partnerships, districts, counties, command units and forces beside one another. A partnership agrees with districts where it is whole districts, with the others where it is one of them or lies in one.'),
    el('div', { class: 'cm-summary pl-lead' }, sentence(ladder.summary, forces.length > 1 ? 'All' : forces[0]?.force_name ?? 'All')),
    forces.length > 1 && details(`Each of ${several(forces.length, 'force', 'forces')}`, forces.map((force) => sentence(force, force.force_name ?? force.force))),
    table({
      caption: 'One row for each partnership',
      file: 'ladder.csv',
      rows: ladder.rows,
      columns: [
        { label: 'Partnership', head: true, value: (row) => row.area_name },
        ...(ladder.rows.some((row) => 'population' in row) ? [{ label: 'People', numeric: true, value: (row) => row.population, show: (row) => number(row.population) }] : []),
        ...rungs.map((rung) => ({ label: capital(rung === 'lad' ? many(rung) : one(rung)), value: (row) => row[`${rung}_name`], show: (row) => rungCell(row, rung, ladder.outside_in) }))
      ]
    }),
    note(`Sets: ${Object.values(ladder.sets).flat().join(', ')}.`),
    cautions(ladder)
  ]
}
