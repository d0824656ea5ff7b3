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
    style: ({ properties: p }) => ({
      className: p.hotspot ? 'cm-hexagon cm-hexagon--hot' : 'cm-hexagon',
      fillColor: colourOf(classOf(p.incidents, breaks)),
      fillOpacity: 0.72,
      weight: p.hotspot ? 3 : 0.5
    }),
    onEachFeature: ({ properties: p }, layer) => layer.bindTooltip(
      text(incidents(p.incidents), p.hotspot ? 'Hotspot: more than chance would explain' : ''), { sticky: true })
  })
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
  const hexes = hexagonData && hexagonLayer(hexagonData, breaks)
  const spots = pointData && pointLayer(pointData, (id, layer) => byPlace.set(id, layer))
  const frame = [outline, spots, hexes].filter(Boolean).map((layer) => layer.getBounds()).find((bounds) => bounds.isValid())
  if (frame) map.fitBounds(frame, { padding: [12, 12] })
  else map.setView([52.5, -1.5], 6)
  if (contextData) contextLayer(contextData).addTo(map)
  if (hexes) shown['Hexagons: incidents and hotspots'] = hexes.addTo(map)
  if (outline) outline.addTo(map)
  if (spots) shown['Map points: one circle each'] = spots.addTo(map)
  if (Object.keys(shown).length > 1) L.control.layers({}, shown, { collapsed: false }).addTo(map)
  connectRows(element, map, byPlace)
  const key = document.getElementById(`${element.id}-legend`)
  if (key && hexes && breaks.length) key.replaceChildren(...legend(breaks, Boolean(spots)))
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
