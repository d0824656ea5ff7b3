// Moving between places of a map with the arrow keys.
export const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

// places: points by code. The nearest that way, where sideways counts double; null where there is none.
export function nextThatWay (places, code, [dx, dy]) {
  const from = places.get(code)
  let best = null
  for (const [other, to] of places) {
    const along = (to.x - from.x) * dx + (to.y - from.y) * dy
    const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx)
    if (other === code || along <= 1 || aside > 3 * along) continue
    if (!best || along + 2 * aside < best.far) best = { other, far: along + 2 * aside }
  }
  return best?.other ?? null
}
