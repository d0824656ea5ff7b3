// The planner's areas as a scenario makes them: units, the districts of those that are split, and the groups of those merged.
import { say } from '../words.js'
import { listed } from './words.js'

export const pieceCode = (unit, district) => `${unit}/${district}`

export class Plan {
  // planning: the units as they are; names: of districts, where they are known
  constructor (planning, state, names = new Map()) {
    this.planning = planning
    this.units = new Map(planning.units.map((unit) => [unit.code, unit]))
    this.splits = state.splits.filter((code) => (this.units.get(code)?.districts ?? []).length > 1)
    this.bases = new Map()
    for (const unit of planning.units) {
      if (!this.splits.includes(unit.code)) {
        this.bases.set(unit.code, { code: unit.code, name: unit.name, unit: unit.code, force: unit.force, district: null, population: unit.population })
        continue
      }
      for (const district of unit.districts) {
        const code = pieceCode(unit.code, district)
        this.bases.set(code, { code, name: names.get(district) ?? district, unit: unit.code, force: unit.force, district, population: null })
      }
    }
    this.merges = state.merges
      .map(({ units, name }) => ({ units: units.filter((code) => this.bases.has(code)), name }))
      .filter(({ units }) => units.length > 1)
    this.moves = state.moves.filter(({ from, to }) => this.units.has(from) && this.bases.has(to) && from !== to)
    this.movedTo = new Map(this.moves.flatMap(({ to, bricks }) => bricks.map((code) => [code, to])))
    this.unknown = [
      ...state.moves.filter((move) => !this.moves.includes(move)).map(({ from, to }) => (this.units.has(from) ? to : from)),
      ...state.splits.filter((code) => !this.splits.includes(code)),
      ...state.merges.flatMap(({ units }) => units.filter((code) => !this.bases.has(code)))
    ]
    this.group = new Map(this.merges.flatMap((merge, k) => merge.units.map((code) => [code, k])))
    this.chosen = state.chosen.filter((code) => this.bases.has(code))
    this.name = state.name
  }

  get isEmpty () { return !this.merges.length && !this.splits.length && !this.moves.length }

  nameOf (code) { return this.bases.get(code)?.name ?? this.units.get(code)?.name ?? code }
  namesOf (codes) { return codes.map((code) => this.nameOf(code)) }
  titleOf (merge) { return merge.name || listed(this.namesOf(merge.units)) }

  // An area and those that it is merged with.
  together (code) {
    const k = this.group.get(code)
    return k === undefined ? [code] : this.merges[k].units
  }

  toggled (code) {
    const all = this.together(code)
    const others = this.chosen.filter((one) => !all.includes(one))
    return this.chosen.includes(code) ? others : [...others, ...all]
  }

  // The merges once everything that is chosen is one.
  merged () {
    const touched = new Set(this.chosen.map((code) => this.group.get(code)).filter((k) => k !== undefined))
    const units = [...new Set([...[...touched].flatMap((k) => this.merges[k].units), ...this.chosen])]
    const name = touched.size === 1 ? this.merges[[...touched][0]].name : ''
    return [...this.merges.filter((_, k) => !touched.has(k)), { units, name }]
  }

  // What the chosen would make: more than what is one already.
  get canMerge () { return this.chosen.length > 1 && this.chosen.length > this.together(this.chosen[0]).length }

  get splittable () {
    return this.chosen.filter((code) => !this.bases.get(code).district && (this.units.get(code)?.districts ?? []).length > 1)
  }

  // Splitting takes the unit out of its group first.
  split (code) {
    const merges = this.merges.map(({ units, name }) => ({ units: units.filter((one) => one !== code), name })).filter(({ units }) => units.length > 1)
    return { splits: [...this.splits, code], merges, chosen: [] }
  }

  unsplit (code) {
    const merges = this.merges
      .map(({ units, name }) => ({ units: units.filter((one) => this.bases.get(one).unit !== code || !this.bases.get(one).district), name }))
      .filter(({ units }) => units.length > 1)
    return { splits: this.splits.filter((one) => one !== code), merges, chosen: this.chosen.filter((one) => this.bases.get(one).unit !== code) }
  }

  // The moves without some small areas, and with them as one more.
  unmoved (codes) {
    return this.moves.map((move) => ({ ...move, bricks: move.bricks.filter((code) => !codes.includes(code)) })).filter(({ bricks }) => bricks.length)
  }

  moved (from, to, codes) {
    const others = this.unmoved(codes)
    const same = others.find((move) => move.from === from && move.to === to)
    return same ? others.map((move) => (move === same ? { ...move, bricks: [...move.bricks, ...codes] } : move)) : [...others, { from, to, bricks: codes }]
  }

  // What the server and `crimemap mergers score` take.
  scenario () {
    return {
      name: this.name,
      split: this.splits.map((unit) => ({
        unit,
        into: this.units.get(unit).districts.map((district) => ({ code: pieceCode(unit, district), name: this.nameOf(pieceCode(unit, district)), districts: [district] }))
      })),
      merge: this.merges.map((merge) => ({ units: merge.units, name: this.titleOf(merge) })),
      move: this.moves.map(({ bricks, to }) => ({ bricks, to }))
    }
  }
}

const RANGES = { running_cost: ['cost-low', 'cost-high', 1], share_saved: ['saved-low', 'saved-high', 0.01], transition: ['change-low', 'change-high', 1], disaggregation: ['apart-low', 'apart-high', 1] }
const LIMITS = { population: 'people', area_km2: 'area', n_districts: 'districts', distance_km: 'distance' }

// Numbers as people type them: 120,000 or £120 000.
export function typed (words) {
  const bare = String(words ?? '').replace(/[£%,\s_]/g, '')
  return bare === '' ? null : Number(bare)
}

// Which fields keep the assumptions from being complete, by name; nothing where none is filled in.
export function savingsTroubles (given) {
  if (!Object.keys(given).length) return {}
  const troubles = {}
  for (const [low, high] of Object.values(RANGES)) {
    for (const name of [low, high]) {
      const value = typed(given[name])
      if (value === null) troubles[name] = say('Enter a number, 0 if there is none.')
      else if (!Number.isFinite(value) || value < 0) troubles[name] = say('This is not a number from 0 up. Use figures only.')
      else if (name.startsWith('saved') && value > 100) troubles[name] = say('A share is 100% at most.')
    }
    if (!troubles[low] && !troubles[high] && typed(given[low]) > typed(given[high])) troubles[high] = say('The higher figure is below the lower one.')
  }
  const years = typed(given.years)
  if (!(Number.isInteger(years) && years >= 1 && years <= 50)) troubles.years = say('Enter whole years, 1 to 50.')
  if (!(given.source ?? '').trim()) troubles.source = say('Say where these figures come from.')
  return troubles
}

export function savingsOptions (given) {
  if (!Object.keys(given).length || Object.keys(savingsTroubles(given)).length) return undefined
  const found = Object.fromEntries(Object.entries(RANGES).map(([key, [low, high, scale]]) => [key, [typed(given[low]) * scale, typed(given[high]) * scale]]))
  return { ...found, years: typed(given.years), source: given.source.trim() }
}

export function spreadOptions (given) {
  const found = Object.entries(LIMITS).map(([key, name]) => [key, typed(given[name])]).filter(([, value]) => value !== null && value > 0)
  return found.length ? Object.fromEntries(found) : undefined
}

export function scoreOptions (state) {
  const options = {}
  const tolerance = typed(state.tolerance)
  if (tolerance !== null && tolerance >= 0 && tolerance < 50) options.tolerance = tolerance / 100
  const savings = savingsOptions(state.savings)
  const spread = spreadOptions(state.spread)
  if (savings) options.savings = savings
  if (spread) options.spread = spread
  return options
}
