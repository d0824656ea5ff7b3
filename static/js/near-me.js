// "Use my location": the browser's position, asked for by a press of the button only, is compared on this device with
// outlines of areas. It is not sent, not kept, and not written into an address.
import { number, say } from './words.js'
import { SearchFiles } from './search-index.js'

const CELLS_A_DEGREE = 10
const STEPS_A_CELL = 1000
const ASK = { enableHighAccuracy: false, timeout: 15000, maximumAge: 60000 }

// Whether a point is inside rings, each [x, y, x, y, ...]: holes are rings too.
export function inside (x, y, rings) {
  let within = false
  for (const ring of rings) {
    for (let at = 0, last = ring.length - 2; at < ring.length; last = at, at += 2) {
      const [ax, ay, bx, by] = [ring[at], ring[at + 1], ring[last], ring[last + 1]]
      if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) within = !within
    }
  }
  return within
}

// The area that a position lies in, or null; reads the outlines of one cell.
export async function areaAt (files, longitude, latitude) {
  const x = (longitude + 180) * CELLS_A_DEGREE
  const y = (latitude + 90) * CELLS_A_DEGREE
  const cell = `${Math.floor(x)}-${Math.floor(y)}`
  if (!(await files.index()).cells.includes(cell)) return null
  const held = await files.read(`g-${cell}`)
  const [east, north] = [(x - Math.floor(x)) * STEPS_A_CELL, (y - Math.floor(y)) * STEPS_A_CELL]
  const hit = held.rings.find(([, rings]) => inside(east, north, rings))
  if (!hit) return null
  const [name, kind, within, folder, force] = held.areas[hit[0]]
  return { name, kind, within, folder, force }
}

function position () {
  return new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject, ASK))
}

export function startNear (root) {
  const box = root.querySelector('[data-near]')
  const form = root.querySelector('[data-search]')
  // Browsers give positions to secure pages only.
  if (!box || !form || !navigator.geolocation || !window.isSecureContext) return
  const button = box.querySelector('button')
  const answer = box.querySelector('[data-near-answer]')
  const files = new SearchFiles(new URL(form.dataset.index, document.baseURI))
  const here = 'forces' in form.dataset ? new Set(form.dataset.forces.split(' ')) : null
  const tell = (...parts) => answer.replaceChildren(...parts)
  box.hidden = false
  button.addEventListener('click', async () => {
    button.setAttribute('aria-disabled', 'true')
    tell(say('Waiting for your browser to give its position.'))
    try {
      const { coords } = await position()
      const area = await areaAt(files, coords.longitude, coords.latitude)
      if (!area) return tell(say('Your position is outside the areas that this site has. Search by name or postcode instead.'))
      const link = document.createElement('a')
      link.href = `${!here || here.has(area.force) ? form.dataset.home : form.dataset.root}${area.folder}/index.html`
      link.textContent = area.within ? `${area.name}, ${area.within}` : area.name
      tell(say('You seem to be in:'), ' ', link, ' ', say('Your browser knows its position to within {n} m; close to a border it may be the area next door.', { n: number(Math.ceil(coords.accuracy)) }))
      link.focus()
    } catch (error) {
      tell(error instanceof Error
        ? say('The search could not be loaded. Try again later.')
        : say('Your browser gave no position. Search by postcode or name instead.'))
    } finally {
      button.removeAttribute('aria-disabled')
    }
  })
}
