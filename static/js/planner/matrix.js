// Every pair of areas that overlap, with the shares both ways: the table beside the map.
import { say } from '../words.js'
import { el, heading, note, paragraph } from './dom.js'
import { table } from './tables.js'
import { capital, decimal, many, number, one, share } from './words.js'

const KIND_WORDS = { agree: say('agree'), differ: say('differ'), sliver: say('sliver') }

function swatch (kind) {
  return el('span', { class: 'pl-class-cell' }, el('span', { class: `pl-swatch pl-swatch--${kind}`, 'aria-hidden': 'true' }), KIND_WORDS[kind] ?? kind)
}

// Of several features of one pair (the piece that agrees and one that differs) the table has one row each.
export function matrixPanel (pair, pieces, { units, targets }) {
  const names = [new Map(pair.sources.map((row) => [row.area_code, row.area_name])), new Map(pair.targets.map((row) => [row.area_code, row.area_name]))]
  const kinds = new Map(pieces.features.map(({ properties: p }) => [`${p.source}\n${p.target}`, p.kind]))
  const withPeople = pair.pieces.some((piece) => 'population' in piece)
  const withIncidents = pair.pieces.some((piece) => 'incidents' in piece)
  const of = withPeople ? 'population_share_of_' : 'share_of_'
  const kind = (piece) => (piece.sliver ? 'sliver' : kinds.get(`${piece.source}\n${piece.target}`) ?? 'agree')
  const rows = [...pair.pieces].sort((a, b) => (b.population ?? b.area_m2) - (a.population ?? a.area_m2))
  return [
    heading(3, 'm', say('Every pair that overlaps')),
    paragraph(say('One row for each {unit} and each {target} that it shares land with.', { unit: one(units), target: one(targets) }), ' ', withPeople ? say('Shares are of people, both ways.') : say('Shares are of area, both ways.')),
    table({
      caption: say('{units} and {targets}', { units: capital(many(units)), targets: many(targets) }),
      file: `matrix-${units}-${targets}.csv`,
      rows,
      mark: (piece) => kind(piece) === 'differ',
      columns: [
        { label: capital(one(units)), head: true, value: (piece) => names[0].get(piece.source) ?? piece.source },
        { label: capital(one(targets)), value: (piece) => names[1].get(piece.target) ?? piece.target },
        { label: say('On the map'), value: (piece) => KIND_WORDS[kind(piece)] ?? kind(piece), show: (piece) => swatch(kind(piece)) },
        ...(withPeople ? [{ label: say('People'), numeric: true, value: (piece) => piece.population, show: (piece) => number(piece.population) }] : []),
        { label: say('Share of the {area}', { area: one(units) }), numeric: true, value: (piece) => piece[`${of}source`], show: (piece) => share(piece[`${of}source`]) },
        { label: say('Share of the {area}', { area: one(targets) }), numeric: true, value: (piece) => piece[`${of}target`], show: (piece) => share(piece[`${of}target`]) },
        ...(withIncidents ? [{ label: say('Incidents, 12 months'), numeric: true, value: (piece) => piece.incidents, show: (piece) => number(piece.incidents) }] : []),
        { label: say('Area, km²'), numeric: true, value: (piece) => piece.area_m2 / 1e6, show: (piece) => decimal(piece.area_m2 / 1e6) }
      ]
    }),
    note(say("A pair agrees where each is the other's best match, or one lies in the other; a sliver is the same line drawn twice and counts neither way."))
  ]
}
