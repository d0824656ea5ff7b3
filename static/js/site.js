// What every page starts: GOV.UK Frontend's components, and the maps where there are any.
import { initAll } from '../govuk/govuk-frontend.min.js'

initAll()

if (document.querySelector('[data-map]')) {
  const { startMaps } = await import('./map.js')
  startMaps(document)
}

if (document.querySelector('[data-until]')) {
  const { hideExpired } = await import('./expired.js')
  hideExpired(document)
}

if (document.querySelector('[data-search]')) {
  const [{ startSearch }, { startNear }] = await Promise.all([import('./search.js'), import('./near-me.js')])
  startSearch(document)
  startNear(document)
}
