// How each layer is painted. Colours are those of the style sheet's legend.
import { classOf, colourOf, pointRadius } from '../scale.js'
import { mercatorX, mercatorY } from './model.js'

const INK = '#0b0c0c'
const POINT = '#5b2c6f'

function trace (context, view, hexagons, i) {
  const { begin, cornerX, cornerY } = hexagons
  for (let k = begin[i]; k < begin[i + 1]; k++) {
    const [x, y] = [view.x(cornerX[k]), view.y(cornerY[k])]
    if (k === begin[i]) context.moveTo(x, y)
    else context.lineTo(x, y)
  }
  context.closePath()
}

export const seen = (view, x, y, margin = 40) => x > -margin && y > -margin && x < view.width + margin && y < view.height + margin

// Each class is one path. Hotspots are painted last over their own thick lines, so that those that touch share one outline.
export function paintHexagons (context, view, { hexagons, counts, breaks }) {
  const paths = breaks.map(() => [])
  const hot = []
  for (let i = 0; i < hexagons.n; i++) {
    const margin = 40 + Math.abs(view.x(hexagons.cornerX[hexagons.begin[i]]) - view.x(hexagons.x[i])) * 2
    if (!seen(view, view.x(hexagons.x[i]), view.y(hexagons.y[i]), margin)) continue
    if (hexagons.hot[i]) hot.push(i)
    if (counts[i]) paths[classOf(counts[i], breaks)].push(i)
  }
  const fill = (list, colour, line) => {
    if (!list.length) return
    context.beginPath()
    for (const i of list) trace(context, view, hexagons, i)
    if (line) {
      context.lineWidth = line
      context.strokeStyle = colour
      context.stroke()
    }
    context.fillStyle = colour
    context.fill()
  }
  paths.forEach((list, at) => fill(list.filter((i) => !hexagons.hot[i]), colourOf(at), 0.6))
  context.lineJoin = 'round'
  for (const [width, colour] of [[8, '#fff'], [5, INK]]) {
    context.beginPath()
    for (const i of hot) trace(context, view, hexagons, i)
    context.lineWidth = width
    context.strokeStyle = colour
    context.stroke()
  }
  fill(hot.filter((i) => !counts[i]), '#fff', 1)
  paths.forEach((list, at) => fill(list.filter((i) => hexagons.hot[i]), colourOf(at), 1))
}

// Circles shrink as the map is zoomed out, so that a town's points stay apart.
export const radiusAt = (count, zoom) => Math.max(1.5, Math.min(1.4, Math.max(0.4, 2 ** ((zoom - 14.5) / 2))) * pointRadius(count))

export function paintPoints (context, view, { points, counts, order }) {
  context.fillStyle = POINT
  context.strokeStyle = '#fff'
  context.lineWidth = 1.5
  for (const i of order) {
    const [x, y] = [view.x(points.x[i]), view.y(points.y[i])]
    if (!seen(view, x, y)) continue
    context.beginPath()
    context.arc(x, y, radiusAt(counts[i], view.zoom), 0, 2 * Math.PI)
    context.globalAlpha = 0.8
    context.fill()
    context.globalAlpha = 1
    context.stroke()
  }
}

export function ringsOf (geometry) {
  if (!geometry) return []
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : []
  return polygons.flat().map((ring) => ({
    x: Float64Array.from(ring, ([longitude]) => mercatorX(longitude)),
    y: Float64Array.from(ring, ([, latitude]) => mercatorY(latitude))
  }))
}

function traceRings (context, view, rings) {
  context.beginPath()
  for (const { x, y } of rings) {
    for (let k = 0; k < x.length; k++) {
      if (k) context.lineTo(view.x(x[k]), view.y(y[k]))
      else context.moveTo(view.x(x[k]), view.y(y[k]))
    }
    context.closePath()
  }
}

export function paintContours (context, view, bands) {
  for (const { step, rings } of bands) {
    traceRings(context, view, rings)
    context.fillStyle = colourOf(step)
    context.fill('evenodd')
    context.lineWidth = 1
    context.strokeStyle = '#fff'
    context.stroke()
  }
}

// No data is hatched, held back is dotted; zero is plain.
function tile (context, kind) {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 10
  const inside = canvas.getContext('2d')
  inside.fillStyle = inside.strokeStyle = '#767676'
  if (kind === 'no_data') {
    inside.lineWidth = 1.2
    for (const shift of [-10, 0, 10]) {
      inside.moveTo(shift, 10)
      inside.lineTo(shift + 10, 0)
    }
    inside.stroke()
  } else {
    inside.arc(5, 5, 1.6, 0, 2 * Math.PI)
    inside.fill()
  }
  return context.createPattern(canvas, 'repeat')
}

export function paintGap (context, view, rings, kind) {
  if (!kind || !rings.length) return
  traceRings(context, view, rings)
  context.fillStyle = tile(context, kind)
  context.fill('evenodd')
}
