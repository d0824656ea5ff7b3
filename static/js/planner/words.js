// Numbers and classes as a planner says them. What is not known is said, never shown as 0.
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const FINE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 })
const POUNDS = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP', maximumFractionDigits: 0 })

export const known = (value) => value !== null && value !== undefined && Number.isFinite(Number(value))
export const number = (value) => (known(value) ? WHOLE.format(Math.round(value)) : 'not known')
export const decimal = (value) => (known(value) ? FINE.format(value) : 'not known')
export const pounds = (value) => (known(value) ? POUNDS.format(Math.round(value)).replace('-', '−') : 'not known')
export const people = (value) => (known(value) ? `${number(value)} ${Math.round(value) === 1 ? 'person' : 'people'}` : 'people not known')
export const several = (n, one, many) => `${number(n)} ${n === 1 ? one : many}`

// A share that is nearly all or nearly nothing is not rounded to all or nothing.
export function share (value) {
  if (!known(value)) return 'not known'
  const hundredth = 100 * value
  if (hundredth > 99.9 && hundredth < 100 - 1e-9) return 'over 99.9%'
  if (hundredth < 0.1 && hundredth > 1e-9) return 'under 0.1%'
  return `${FINE.format(hundredth)}%`
}

export function signed (value, format = number) {
  if (!known(value)) return 'not known'
  if (Math.abs(value) < 5e-4) return 'no change'
  return value > 0 ? `+${format(value)}` : `−${format(-value)}`
}

// "A", "A and B", "A, B and C"
export function listed (names) {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`
}

export const CLASSES = [
  { name: 'coterminous', slug: 'coterminous', words: 'the same area', long: 'one is the other' },
  { name: 'minor difference', slug: 'minor', words: 'nearly the same', long: 'they differ in detail only' },
  { name: 'nested', slug: 'nested', words: 'inside one', long: 'it lies inside one larger area' },
  { name: 'split', slug: 'split', words: 'several whole ones', long: 'it is made of several whole areas' },
  { name: 'many-to-many', slug: 'crossing', words: 'lines cross', long: 'neither lies in the other' },
  { name: 'not covered', slug: 'uncovered', words: 'not covered', long: 'the other set has nothing there' }
]
export const classOf = (name) => CLASSES.find((one) => one.name === name) ?? CLASSES[5]

const KINDS = {
  csp: ['partnership', 'partnerships'],
  lad: ['district', 'districts'],
  bcu: ['command unit', 'command units'],
  county: ['county', 'counties'],
  ctyua: ['county or unitary area', 'counties and unitary areas'],
  pfa: ['police force area', 'police force areas']
}
export const kindOf = (set) => String(set ?? '').split('-')[0]
export const one = (set) => KINDS[kindOf(set)]?.[0] ?? 'area'
export const many = (set) => KINDS[kindOf(set)]?.[1] ?? 'areas'
export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1)
export const vintage = (set) => String(set ?? '').split('-').slice(1).join(' ')
export const setName = (set) => `${capital(many(set))}${vintage(set) ? `, ${vintage(set)}` : ''}`

const PLAIN = {
  n_units: 'Areas in all',
  population: 'People in all',
  misfit: 'People misplaced: outside their area\'s best match, or in the match but not in the area',
  outside_area: 'People who live outside the best match of their area',
  not_coterminous: 'People in areas that are not the same as their best match'
}
const AGREEMENT = {
  homogeneity: 'Homogeneity: areas of the other set lie inside one of these',
  completeness: 'Completeness: these lie inside one area of the other set',
  v_measure: 'V-measure: both together',
  mapcurves: 'Mapcurves: agreement that forgives nesting',
  nesting: 'Nesting: share that lives in the best match',
  variation_of_information: 'Variation of information, bits (0 is a perfect fit)',
  normalised_variation_of_information: 'Variation of information, 0 to 1 (0 is a perfect fit)'
}
const ofClass = (measure) => CLASSES.find(({ name }) => name.replaceAll(/[ -]/g, '_') === measure.replace(/^(n|people)_/, '').replaceAll(/[ -]/g, '_'))

export function measureName (measure) {
  if (PLAIN[measure] ?? AGREEMENT[measure]) return PLAIN[measure] ?? AGREEMENT[measure]
  const found = ofClass(measure)
  if (found) return measure.startsWith('n_') ? `Areas: ${found.words}` : `People in areas: ${found.words}`
  return capital(measure.replaceAll('_', ' '))
}
export const isPlain = (measure) => measure in PLAIN || Boolean(ofClass(measure) && /^(n|people)_/.test(measure))
export function measureValue (measure, value) {
  if (!known(value)) return 'not known'
  return measure in AGREEMENT ? Number(value).toFixed(3) : number(value)
}
