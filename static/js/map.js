// Draws the maps of a page with Leaflet. Every map's facts also stand in a table beside it; the map adds nothing that only
// a mouse can reach. Layers are GeoJSON files of the release, named in the map's data attributes.
import { classOf, colourOf, legend, pointRadius } from './scale.js'

const L = window.L
const NUMBER = new Intl.NumberFormat('en-GB')

async function load (url) {
  if (!url) return null
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${answer.status} for ${url}`)
  return answer.json()
}

function text (...lines) {
  const box = document.createElement('div')
  for (const line of lines.filter(Boolean)) {
    const row = document.createElement('div')
    row.textContent = line
    box.append(row)
  }
  return box
}

const incidents = (n) => `${NUMBER.format(n)} recorded ${n === 1 ? 'incident' : 'incidents'}`

function boundaryLayer (data) {
  return L.geoJSON(data, { interactive: false, style: { className: 'cm-boundary', fill: false, weight: 3 } })
}

function contextLayer (data) {
  return L.geoJSON(data, {
    style: { className: 'cm-context', weight: 1, fillOpacity: 0 },
    onEachFeature: (feature, layer) => layer.bindTooltip(text(feature.properties.name), { sticky: true })
  })
}

function hexagonLayer (data, breaks) {
  return L.geoJSON(data, {
    filter: ({ properties: p }) => p.layer !== 'outline',
    style: ({ properties: p }) => ({
      className: 'cm-hexagon', stroke: false, fillColor: colourOf(classOf(p.incidents, breaks)), fillOpacity: 0.85
    }),
    onEachFeature: ({ properties: p }, layer) => layer.bindTooltip(
      text(incidents(p.incidents), p.hotspot ? 'Hotspot: more than chance would explain' : ''), { sticky: true })
  })
}

// Hotspots that touch share one outline, so that their colours stay readable when the map is zoomed out.
function hotspotOutlines (data) {
  const outline = (className, weight) => L.geoJSON(data, {
    filter: ({ properties: p }) => p.layer === 'outline',
    interactive: false,
    style: { className, fill: false, weight }
  })
  return L.layerGroup([outline('cm-hot-edge', 6), outline('cm-hot', 3)])
}

function pointLayer (data, onEach) {
  return L.geoJSON(data, {
    pointToLayer: (feature, at) => L.circleMarker(at, {
      className: 'cm-point', radius: pointRadius(feature.properties.incidents), weight: 1.5, fillOpacity: 0.75
    }),
    onEachFeature: (feature, layer) => {
      const p = feature.properties
      layer.bindTooltip(text(p.street, incidents(p.incidents), p.most_common && `Most often: ${p.most_common}`))
      onEach(p.place_id, layer)
    }
  })
}

// Circles shrink as the map is zoomed out, so that a town's points stay apart.
function sizePoints (map, layer) {
  const factor = Math.min(1.4, Math.max(0.4, 2 ** ((map.getZoom() - 14.5) / 2)))
  layer.eachLayer((circle) => circle.setRadius(Math.max(1.5, factor * pointRadius(circle.feature.properties.incidents))))
}

function connectRows (element, map, layers) {
  for (const button of document.querySelectorAll(`[data-shows-on="${element.id}"]`)) {
    const layer = layers.get(Number(button.dataset.place))
    if (!layer) continue
    button.hidden = false
    button.addEventListener('click', () => {
      map.setView(layer.getLatLng(), Math.max(map.getZoom(), 16))
      layer.openTooltip()
      element.scrollIntoView({ block: 'center', behavior: 'auto' })
    })
  }
}

async function start (element) {
  const { boundary, context, hexagons, points, attribution } = element.dataset
  const [boundaryData, contextData, hexagonData, pointData] = await Promise.all([boundary, context, hexagons, points].map(load))
  const breaks = (element.dataset.breaks || '').split(',').filter(Boolean).map(Number)
  const map = L.map(element, { scrollWheelZoom: false, zoomSnap: 0.25, preferCanvas: false, maxZoom: 18 })
  map.attributionControl.setPrefix(false)
  if (attribution) map.attributionControl.addAttribution(attribution)
  L.control.scale({ imperial: true }).addTo(map)
  const shown = {}
  const byPlace = new Map()
  const outline = boundaryData && boundaryLayer(boundaryData)
  const hexes = hexagonData && L.layerGroup([hexagonLayer(hexagonData, breaks), hotspotOutlines(hexagonData)])
  const spots = pointData && pointLayer(pointData, (id, layer) => byPlace.set(id, layer))
  const frame = [outline, spots, hexes && hexes.getLayers()[0]].filter(Boolean).map((layer) => layer.getBounds()).find((bounds) => bounds.isValid())
  if (frame) map.fitBounds(frame, { padding: [12, 12] })
  else map.setView([52.5, -1.5], 6)
  if (contextData) contextLayer(contextData).addTo(map)
  if (hexes) shown['Hexagons: incidents and hotspots'] = hexes.addTo(map)
  if (outline) outline.addTo(map)
  if (spots) shown['Map points: one circle each'] = spots.addTo(map)
  if (spots) {
    sizePoints(map, spots)
    map.on('zoomend', () => sizePoints(map, spots))
  }
  if (Object.keys(shown).length > 1) L.control.layers({}, shown, { collapsed: element.clientWidth < 600 }).addTo(map)
  connectRows(element, map, byPlace)
  const key = document.getElementById(`${element.id}-legend`)
  if (key && hexes && breaks.length) key.replaceChildren(...legend(breaks, Boolean(spots), Boolean(element.dataset.onlyHot)))
  element.dataset.ready = 'true'
}

export function startMaps (root) {
  for (const element of root.querySelectorAll('[data-map]')) {
    element.hidden = false
    start(element).catch(() => {
      element.dataset.ready = 'failed'
      element.replaceChildren(text('The map could not be drawn. The same facts are in the table.'))
    })
  }
}
