// The map itself: Leaflet, the sheets that are painted on it, boundaries and the background.
import { say } from '../words.js'
import { paintGrid, paintLabels, gridSquare } from './ground.js'
import { paintContours, paintGap, paintHexagons, paintPoints, radiusAt, ringsOf } from './paint.js'
import { Sheet } from './sheet.js'
import { lines } from './popups.js'

const L = window.L
const PANES = { ground: 210, shade: 410, edges: 430, points: 440, names: 450 }
const LEAST_TARGET_PX = 12
const STILL = window.matchMedia('(prefers-reduced-motion: reduce)').matches

export class View {
  // settings: { tiles, tilesAttribution, attribution, within }
  constructor (element, model, settings) {
    this.element = element
    this.model = model
    this.settings = settings
    this.shown = { shade: '', points: false, areas: true, background: Boolean(settings.tiles) }
    this.map = L.map(element, { scrollWheelZoom: false, zoomSnap: 0.25, maxZoom: 18, zoomAnimation: !STILL, fadeAnimation: !STILL, markerZoomAnimation: !STILL })
    this.map.attributionControl.setPrefix(false)
    if (settings.attribution) this.map.attributionControl.addAttribution(lines(settings.attribution).firstChild.innerHTML)
    L.control.scale({ imperial: true }).addTo(this.map)
    for (const [way, words] of [['in', say('Zoom in')], ['out', say('Zoom out')]]) {
      const button = element.querySelector(`.leaflet-control-zoom-${way}`)
      button.setAttribute('aria-label', words)
      button.title = words
    }
    for (const [name, z] of Object.entries(PANES)) {
      const pane = this.map.createPane(name)
      pane.style.zIndex = z
      pane.style.pointerEvents = 'none'
    }
    const family = getComputedStyle(element).fontFamily
    this.sheets = {
      ground: new Sheet('ground', (context, view) => this.#ground(context, view)),
      shade: new Sheet('shade', (context, view) => this.#shade(context, view)),
      points: new Sheet('points', (context, view) => { if (this.shown.points) paintPoints(context, view, this.counted) }),
      names: new Sheet('names', (context, view) => { if (!this.shown.background) paintLabels(context, view, this.names, family) })
    }
    this.edges = L.svg({ pane: 'edges', padding: 0.4 })
    this.context = L.layerGroup()
    this.tiles = settings.tiles && L.tileLayer(settings.tiles, { maxZoom: 19, attribution: lines(settings.tilesAttribution).firstChild?.innerHTML ?? '', alt: '' })
    this.areaNames = []
    this.names = []
    this.rings = []
    this.bands = null
    this.gap = ''
    this.counted = { points: model.points, hexagons: model.hexagons, counts: [], order: [], hexagonCounts: [], breaks: [1] }
    this.tip = L.tooltip({ className: 'cm-tip', offset: [0, -6], direction: 'top' })
  }

  start (frame) {
    if (frame) this.map.setView([frame[0], frame[1]], frame[2])
    else this.fit()
    for (const sheet of Object.values(this.sheets)) sheet.addTo(this.map)
  }

  fit () {
    const bounds = this.bounds()
    if (bounds?.isValid()) this.map.fitBounds(bounds, { padding: [12, 12], animate: false })
    else this.map.setView([52.5, -1.5], 6)
  }

  bounds () {
    if (this.outline) return this.outline.getBounds()
    const { degrees } = this.model.hexagons
    const at = Array.from({ length: degrees.length / 2 }, (_, i) => [degrees[2 * i + 1], degrees[2 * i]])
    return at.length ? L.latLngBounds(at) : null
  }

  setBoundary (data) {
    const style = { renderer: this.edges, pane: 'edges', interactive: false, fill: false }
    this.outline = data && L.geoJSON(data, { ...style, style: { className: 'cm-boundary', fill: false, weight: 3 } })
    this.rings = data ? data.features.flatMap(({ geometry }) => ringsOf(geometry)) : []
    this.outline?.addTo(this.map)
  }

  setContext (data) {
    this.context.addLayer(L.geoJSON(data, { renderer: this.edges, pane: 'edges', interactive: false, style: { className: 'cm-context', fill: false, weight: 1 } }))
    this.outline?.bringToFront()
  }

  setAreaNames (names) {
    this.areaNames = names
    this.#named()
  }

  setBands (data) {
    this.bands = data.features.map(({ geometry, properties }) => ({ step: properties.class, rings: ringsOf(geometry) }))
    this.levels = data.features.map(({ properties }) => properties.from_per_km2)
    this.bandwidth = data.features[0]?.properties.bandwidth_m
    this.sheets.shade.redraw()
  }

  show (shown) {
    Object.assign(this.shown, shown)
    if (this.tiles) this.map[this.shown.background ? 'addLayer' : 'removeLayer'](this.tiles)
    this.map[this.shown.areas ? 'addLayer' : 'removeLayer'](this.context)
    this.element.classList.toggle('cm-map--background', this.shown.background)
    this.redraw()
  }

  // units, hexagons: numbers; order: units with any, the most first
  count ({ units, hexagons, order, breaks, gap }) {
    Object.assign(this.counted, { counts: units, order: this.model.hasPoints ? order : [], hexagonCounts: hexagons, breaks })
    this.gap = gap
    this.#named()
    this.redraw()
  }

  redraw () { for (const sheet of Object.values(this.sheets)) sheet.redraw() }

  #named () {
    const { model } = this
    const used = new Set()
    const streets = []
    for (const unit of this.counted.order) {
      const name = model.nameOf(unit)
      if (!name || used.has(name)) continue
      used.add(name)
      streets.push({ name, x: model.points.x[unit], y: model.points.y[unit], kind: 'street', below: (zoom) => this.shown.points ? radiusAt(this.counted.counts[unit], zoom) : 0 })
    }
    this.names = [...this.areaNames, ...streets]
    this.sheets.names.redraw()
  }

  #ground (context, view) {
    if (this.shown.background || !this.settings.grid) return
    paintGrid(context, view, this.settings.grid)
    const square = gridSquare(this.settings.grid, view)
    if (square !== this.square) {
      this.square = square
      this.onGround?.()
    }
  }

  #shade (context, view) {
    const { hexagons, hexagonCounts: counts, breaks } = this.counted
    if (this.shown.shade === 'hexagons' && hexagonCounts(counts)) paintHexagons(context, view, { hexagons, counts, breaks })
    if (this.shown.shade === 'density' && this.bands) paintContours(context, view, this.bands)
    paintGap(context, view, this.rings, this.gap)
  }

  // The unit or hexagon under a place of the map: a circle is at least as wide as a finger.
  find (at) {
    const { model, counted } = this
    const origin = this.map.getPixelOrigin()
    const point = this.map.latLngToLayerPoint(at).add(origin)
    const world = 256 * 2 ** this.map.getZoom()
    const [x, y] = [point.x / world, point.y / world]
    if (this.shown.points) {
      let best = -1
      let least = Infinity
      for (const i of counted.order) {
        const away = Math.hypot(model.points.x[i] - x, model.points.y[i] - y) * world
        if (away < least && away <= Math.max(LEAST_TARGET_PX, radiusAt(counted.counts[i], this.map.getZoom()))) [best, least] = [i, away]
      }
      if (best >= 0) return { kind: 'unit', i: best }
    }
    if (this.shown.shade !== 'hexagons') return null
    const { hexagons } = model
    let best = -1
    let least = Infinity
    for (let i = 0; i < hexagons.n; i++) {
      const away = (hexagons.x[i] - x) ** 2 + (hexagons.y[i] - y) ** 2
      if (away < least) [best, least] = [i, away]
    }
    if (best < 0) return null
    const k = hexagons.begin[best]
    const radius = Math.hypot(hexagons.cornerX[k] - hexagons.x[best], hexagons.cornerY[k] - hexagons.y[best])
    return Math.sqrt(least) <= radius ? { kind: 'hexagon', i: best } : null
  }

  place ({ kind, i }) {
    const at = kind === 'unit' && this.model.hasPoints ? this.model.points.degrees : this.model.hexagons.degrees
    return [at[2 * i + 1], at[2 * i]]
  }
}

const hexagonCounts = (counts) => counts.length > 0
