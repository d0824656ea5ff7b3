// A Leaflet map without a background: whatever is drawn on it is ours. Colours stand in attributes and in jobs.css.
const L = window.L

export function sheet (element) {
  const map = L.map(element, { scrollWheelZoom: false, zoomSnap: 0.25, maxZoom: 18, fadeAnimation: false, zoomAnimation: false })
  map.attributionControl.setPrefix(false)
  L.control.scale({ imperial: true }).addTo(map)
  map.setView([53, -1.8], 6)
  return map
}

export function fit (map, bounds) {
  map.invalidateSize()
  if (bounds?.isValid()) map.fitBounds(bounds, { padding: [14, 14], animate: false, maxZoom: 16 })
}

export function lines (...said) {
  const box = document.createElement('div')
  for (const words of said.filter(Boolean)) box.append(Object.assign(document.createElement('div'), { textContent: words }))
  return box
}
