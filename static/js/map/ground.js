// The ground of a map without a background: a National Grid and names, so that it can be read with no network.
import { mercatorX, mercatorY } from './model.js'

const PARTS = [1, 2, 5, 10]
const APART_PX = 70
const FEWEST_STREETS_ZOOM = 13.25
const MOST_LABELS = 60

export function readGrid (grid) {
  if (!grid) return null
  const n = grid.corners.length / 2
  const x = Float64Array.from({ length: n }, (_, i) => mercatorX(grid.corners[2 * i]))
  const y = Float64Array.from({ length: n }, (_, i) => mercatorY(grid.corners[2 * i + 1]))
  return { step: grid.step, columns: grid.columns, rows: n / grid.columns, x, y }
}

// Into how many parts a square is divided at this zoom, so that lines are neither crowded nor missing.
function partsAt (grid, view) {
  const side = Math.abs(view.x(grid.x[1]) - view.x(grid.x[0]))
  return PARTS.filter((parts) => side / parts >= APART_PX && grid.step / parts >= 100).pop() || 1
}

export const gridSquare = (grid, view) => grid.step / partsAt(grid, view)

export function paintGrid (context, view, grid) {
  const parts = partsAt(grid, view)
  const at = (values, row, column) => {
    const [i, j] = [Math.min(Math.floor(row), grid.rows - 2), Math.min(Math.floor(column), grid.columns - 2)]
    const [up, right] = [row - i, column - j]
    const k = i * grid.columns + j
    const below = values[k] * (1 - right) + values[k + 1] * right
    return below * (1 - up) + (values[k + grid.columns] * (1 - right) + values[k + grid.columns + 1] * right) * up
  }
  const line = (many, place) => {
    for (let k = 0; k < many; k++) {
      const [row, column] = place(k)
      const [x, y] = [view.x(at(grid.x, row, column)), view.y(at(grid.y, row, column))]
      if (k) context.lineTo(x, y)
      else context.moveTo(x, y)
    }
  }
  context.beginPath()
  for (let i = 0; i <= (grid.rows - 1) * parts; i++) line(grid.columns, (k) => [i / parts, k])
  for (let j = 0; j <= (grid.columns - 1) * parts; j++) line(grid.rows, (k) => [k, j / parts])
  context.lineWidth = 1
  context.strokeStyle = '#e3e8ea'
  context.stroke()
}

// labels: { name, x, y, kind: 'area' | 'street', below(zoom): half the height of what it names }, the most important first; one that would cover another is left out.
export function paintLabels (context, view, labels, family) {
  const taken = []
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  let placed = 0
  for (const label of labels) {
    if (placed >= MOST_LABELS) break
    const area = label.kind === 'area'
    if (!area && view.zoom < FEWEST_STREETS_ZOOM) continue
    const [x, y] = [view.x(label.x), view.y(label.y) + (area ? 0 : 11 + label.below(view.zoom))]
    const { frame } = view
    if (x < frame.left || x > frame.right || y < frame.top + 8 || y > frame.bottom - 8) continue
    context.font = `${area ? '600 15px' : '13px'} ${family}`
    const half = context.measureText(label.name).width / 2 + 4
    if (x - half < frame.left || x + half > frame.right) continue
    const box = [x - half, y - 10, x + half, y + 10]
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue
    taken.push(box)
    placed++
    context.lineWidth = 4
    context.strokeStyle = 'rgb(255 255 255 / 88%)'
    context.strokeText(label.name, x, y)
    context.fillStyle = area ? '#3b4a52' : '#333'
    context.fillText(label.name, x, y)
  }
}
