// What is shown: an offence type (or all) over a range of months, summed by unit and by hexagon.
const ROUND = [5, 2, 1]

export function roundDown (value) {
  const power = 10 ** (String(Math.trunc(value)).length - 1)
  return Math.max(1, (ROUND.find((step) => step * power <= value) || 1) * power)
}

// Lower ends of classes. One month and twelve have their own, chosen over the whole force and all its months; those of
// other spans follow from the twelve. So they are the same for every month of the slider and for every area of the force.
export function breaksOf (model, type, span) {
  const at = type < 0 ? model.nTypes : type
  if (span === 1) return model.breaks[1][at]
  const year = model.breaks[12][at]
  return span === 12 ? year : [...new Set([1, ...year.map((low) => roundDown(low * span / 12))])].sort((a, b) => a - b)
}

export function countUnits (model, { type, from, to }) {
  const { begin, keys, counts } = model.series
  const { nTypes, nUnits } = model
  const [low, high] = [from * nTypes, (to + 1) * nTypes]
  const found = new Uint32Array(nUnits)
  for (let unit = 0; unit < nUnits; unit++) {
    let sum = 0
    for (let i = begin[unit]; i < begin[unit + 1] && keys[i] < high; i++) {
      if (keys[i] >= low && (type < 0 || keys[i] % nTypes === type)) sum += counts[i]
    }
    found[unit] = sum
  }
  return found
}

export function countHexagons (model, units) {
  const found = new Uint32Array(model.hexagons.n)
  for (let unit = 0; unit < units.length; unit++) found[model.cell[unit]] += units[unit]
  return found
}

// Counts by type of some units, most first.
export function typesOf (model, chosen, { type, from, to }) {
  const { begin, keys, counts } = model.series
  const sums = new Uint32Array(model.nTypes)
  for (const unit of chosen) {
    for (let i = begin[unit]; i < begin[unit + 1]; i++) {
      const month = Math.trunc(keys[i] / model.nTypes)
      if (month >= from && month <= to) sums[keys[i] % model.nTypes] += counts[i]
    }
  }
  return [...sums].map((n, at) => ({ type: at, n })).filter((one) => one.n && (type < 0 || one.type === type)).sort((a, b) => b.n - a.n)
}

// Months of the range without data, and those in which numbers are held back: two different things, and neither is 0.
export function gapsOf (model, { type, from, to }) {
  const noData = []
  const heldBack = []
  const whole = model.status[model.nTypes]
  for (let month = from; month <= to; month++) {
    if (whole[month] === '1') noData.push(month)
    else if (type < 0 ? model.status.some((one) => one[month] === '2') : model.status[type][month] === '2') heldBack.push(month)
  }
  const span = to - from + 1
  const wholly = type < 0 ? heldBack.filter((month) => whole[month] === '2').length : heldBack.length
  return { noData, heldBack, nothing: noData.length === span ? 'no_data' : noData.length + wholly === span ? 'suppressed' : '' }
}
