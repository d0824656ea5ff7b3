// Numbers, classes and kinds of areas as a planner says them. What is not known is said, never shown as 0.
import { locale, say, sayMany } from '../words.js'

const WHOLE = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const FINE = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
const POUNDS = new Intl.NumberFormat(locale, { style: 'currency', currency: 'GBP', maximumFractionDigits: 0 })
const UNKNOWN = say('not known')

export const known = (value) => value !== null && value !== undefined && Number.isFinite(Number(value))
export const number = (value) => (known(value) ? WHOLE.format(Math.round(value)) : UNKNOWN)
export const decimal = (value) => (known(value) ? FINE.format(value) : UNKNOWN)
export const pounds = (value) => (known(value) ? POUNDS.format(Math.round(value)).replace('-', '−') : UNKNOWN)
export const people = (value) => (known(value) ? sayMany('{n} person', '{n} people', Math.round(value)) : say('people not known'))

// A share that is nearly all or nearly nothing is not rounded to all or nothing.
export function share (value) {
  if (!known(value)) return UNKNOWN
  const hundredth = 100 * value
  if (hundredth > 99.9 && hundredth < 100 - 1e-9) return say('over {share}%', { share: FINE.format(99.9) })
  if (hundredth < 0.1 && hundredth > 1e-9) return say('under {share}%', { share: FINE.format(0.1) })
  return `${FINE.format(hundredth)}%`
}

export function signed (value, format = number) {
  if (!known(value)) return UNKNOWN
  if (Math.abs(value) < 5e-4) return say('no change')
  return value > 0 ? `+${format(value)}` : `−${format(-value)}`
}

// "A", "A and B", "A, B and C"
export function listed (names) {
  if (names.length < 2) return names.join('')
  return say('{names} and {last}', { names: names.slice(0, -1).join(', '), last: names[names.length - 1] })
}

export const CLASSES = [
  { name: 'coterminous', slug: 'coterminous', words: say('the same area'), long: say('one is the other') },
  { name: 'minor difference', slug: 'minor', words: say('nearly the same'), long: say('they differ in detail only') },
  { name: 'nested', slug: 'nested', words: say('inside one'), long: say('it lies inside one larger area') },
  { name: 'split', slug: 'split', words: say('several whole ones'), long: say('it is made of several whole areas') },
  { name: 'many-to-many', slug: 'crossing', words: say('lines cross'), long: say('neither lies in the other') },
  { name: 'not covered', slug: 'uncovered', words: say('not covered'), long: say('the other set has nothing there') }
]
export const classOf = (name) => CLASSES.find((one) => one.name === name) ?? CLASSES[5]

const KINDS = {
  csp: [say('partnership'), say('partnerships'), (n) => sayMany('{n} partnership', '{n} partnerships', n)],
  lad: [say('district'), say('districts'), (n) => sayMany('{n} district', '{n} districts', n)],
  bcu: [say('command unit'), say('command units'), (n) => sayMany('{n} command unit', '{n} command units', n)],
  county: [say('county'), say('counties'), (n) => sayMany('{n} county', '{n} counties', n)],
  ctyua: [say('county or unitary area'), say('counties and unitary areas'), (n) => sayMany('{n} county or unitary area', '{n} counties and unitary areas', n)],
  pfa: [say('police force area'), say('police force areas'), (n) => sayMany('{n} police force area', '{n} police force areas', n)]
}
const AREA = [say('area'), say('areas'), (n) => sayMany('{n} area', '{n} areas', n)]
export const kindOf = (set) => String(set ?? '').split('-')[0]
const kind = (set) => KINDS[kindOf(set)] ?? AREA
export const one = (set) => kind(set)[0]
export const many = (set) => kind(set)[1]
// So many of a set's areas; without a set, of areas.
export const counted = (n, set) => kind(set)[2](Math.round(n))
export const smallAreas = (n) => sayMany('{n} small area', '{n} small areas', n)
export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1)
export const vintage = (set) => String(set ?? '').split('-').slice(1).join(' ')
export const setName = (set) => `${capital(many(set))}${vintage(set) ? `, ${vintage(set)}` : ''}`

const PLAIN = {
  n_units: say('Areas in all'),
  population: say('People in all'),
  misfit: say("People misplaced: outside their area's best match, or in the match but not in the area"),
  outside_area: say('People who live outside the best match of their area'),
  not_coterminous: say('People in areas that are not the same as their best match')
}
const AGREEMENT = {
  homogeneity: say('Homogeneity: areas of the other set lie inside one of these'),
  completeness: say('Completeness: these lie inside one area of the other set'),
  v_measure: say('V-measure: both together'),
  mapcurves: say('Mapcurves: agreement that forgives nesting'),
  nesting: say('Nesting: share that lives in the best match'),
  variation_of_information: say('Variation of information, bits (0 is a perfect fit)'),
  normalised_variation_of_information: say('Variation of information, 0 to 1 (0 is a perfect fit)')
}
const ofClass = (measure) => CLASSES.find(({ name }) => name.replaceAll(/[ -]/g, '_') === measure.replace(/^(n|people)_/, '').replaceAll(/[ -]/g, '_'))

export function measureName (measure) {
  if (PLAIN[measure] ?? AGREEMENT[measure]) return PLAIN[measure] ?? AGREEMENT[measure]
  const found = ofClass(measure)
  if (found) return measure.startsWith('n_') ? say('Areas: {fit}', { fit: found.words }) : say('People in areas: {fit}', { fit: found.words })
  return capital(measure.replaceAll('_', ' '))
}
export const isPlain = (measure) => measure in PLAIN || Boolean(ofClass(measure) && /^(n|people)_/.test(measure))
export function measureValue (measure, value) {
  if (!known(value)) return UNKNOWN
  return measure in AGREEMENT ? Number(value).toFixed(3) : number(value)
}
