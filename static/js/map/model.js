// What map.json says, as arrays that can be summed quickly. A unit is a map point, or a hexagon where points are too many.
import { Reader, eachOf } from './codes.js'

const DEGREE = 100_000

// Web Mercator with the world as one square of side 1, y downwards: what maps multiply by their scale.
export const mercatorX = (longitude) => (longitude + 180) / 360
export const mercatorY = (latitude) => 0.5 - Math.asinh(Math.tan(latitude * Math.PI / 180)) / (2 * Math.PI)

function pairs (numbers) {
  const n = numbers.length / 2
  const [x, y] = [new Float64Array(n), new Float64Array(n)]
  for (let i = 0; i < n; i++) {
    x[i] = mercatorX(numbers[2 * i])
    y[i] = mercatorY(numbers[2 * i + 1])
  }
  return { n, x, y, degrees: numbers }
}

function hexagons ({ at, corners, hot }) {
  const centres = pairs(at)
  const begin = new Uint32Array(centres.n + 1)
  const x = []
  const y = []
  const reader = new Reader(corners)
  for (let i = 0; i < centres.n; i++) {
    for (let k = reader.next(); k > 0; k--) {
      x.push(mercatorX(at[2 * i] + reader.signed() / DEGREE))
      y.push(mercatorY(at[2 * i + 1] + reader.signed() / DEGREE))
    }
    begin[i + 1] = x.length
  }
  const isHot = new Uint8Array(centres.n)
  for (const i of hot) isHot[i] = 1
  return { ...centres, begin, cornerX: Float64Array.from(x), cornerY: Float64Array.from(y), hot: isHot }
}

function series (texts) {
  const begin = new Uint32Array(texts.length + 1)
  const keys = []
  const counts = []
  texts.forEach((text, unit) => {
    eachOf(text, (key, n) => {
      keys.push(key)
      counts.push(n)
    })
    begin[unit + 1] = keys.length
  })
  return { begin, keys: Uint16Array.from(keys), counts: Uint32Array.from(counts) }
}

export function readModel (file) {
  const texts = file.counts ? file.counts.split(' ') : []
  const model = {
    ...file,
    nTypes: file.types.length,
    slugs: file.types.map((name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-')),
    nUnits: texts.length,
    points: pairs(file.at),
    hexagons: hexagons(file.hexagons),
    series: series(texts),
    hasPoints: file.unit === 'point'
  }
  model.byId = new Map(file.ids.map((id, unit) => [id, unit]))
  model.nameOf = (unit) => file.names[file.name[unit]] || ''
  return model
}
