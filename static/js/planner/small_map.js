// Small areas on the planner's map: those of one unit, to be chosen like units are, and those that the scenario moves.
import { say, sayMany } from '../words.js'
import { nextThatWay, WAYS } from './arrows.js'
import { people } from './words.js'

const L = window.L

export class SmallMap {
  // host: the planner's map with its renderers; toggle is told the code of a small area that was clicked
  constructor (host, toggle) {
    this.host = host
    this.toggle = toggle
    this.shapes = new Map()
    this.current = null
    host.element.addEventListener('keydown', (event) => this.#key(event), true)
  }

  // open: features of the unit whose small areas can be chosen; moved: features with where each goes; picked: codes
  show ({ open, moved, picked, nameOf, bestOf }) {
    const drawn = JSON.stringify([open.map(({ properties }) => properties.code), [...moved.keys()]])
    const held = document.activeElement?.dataset?.small
    if (drawn !== this.drawn) this.#draw(open, moved)
    this.drawn = drawn
    this.words = new Map(open.map(({ properties: p }) => [p.code, smallWords(p, moved.get(p.code)?.to, nameOf)]))
    for (const [code, { layer, feature }] of this.shapes) {
      const path = layer.getElement()
      if (!path) continue
      const chosen = picked.includes(code)
      const { unit, target } = feature.properties
      const fill = moved.has(code) ? `group-${moved.get(code).k % 4}` : target === bestOf(unit) ? 'agree' : 'differ'
      path.setAttribute('fill', `url(#pl-${fill})`)
      path.classList.toggle('pl-small--picked', chosen)
      path.classList.toggle('pl-small--moved', moved.has(code))
      if (!this.words.has(code)) continue
      path.setAttribute('aria-label', `${this.words.get(code)}${chosen ? `. ${say('Ticked')}` : ''}`)
      path.setAttribute('aria-pressed', String(chosen))
      if (chosen) layer.bringToFront()
    }
    if (held) this.shapes.get(held)?.layer.getElement()?.focus({ preventScroll: true })
  }

  #draw (open, moved) {
    this.group?.remove()
    this.shapes.clear()
    const pane = 'small'
    const own = new Set(open.map(({ properties }) => properties.code))
    const features = [...open, ...[...moved.values()].map(({ feature }) => feature).filter(({ properties }) => !own.has(properties.code))]
    this.group = L.featureGroup().addTo(this.host.map)
    for (const feature of features) {
      const { code } = feature.properties
      const interactive = own.has(code)
      const layer = L.geoJSON(feature, { pane, renderer: this.host.renderers[pane], interactive, style: { className: 'pl-small', weight: 1, fill: true, fillColor: 'url(#pl-agree)', fillOpacity: 1 } }).getLayers()[0]
      this.group.addLayer(layer)
      this.shapes.set(code, { layer, feature })
      if (!interactive) continue
      const tell = () => { this.host.facts.textContent = `${this.words.get(code)}.` }
      layer.bindTooltip(() => this.words.get(code), { sticky: true })
      layer.on({ mouseover: tell, click: (event) => { L.DomEvent.stopPropagation(event); this.toggle(code) } })
      const path = layer.getElement()
      path.setAttribute('role', 'button')
      path.setAttribute('tabindex', '-1')
      path.dataset.small = code
      path.addEventListener('focus', () => { layer.closeTooltip(); this.#focus(code) })
      path.addEventListener('blur', () => this.host.unring())
    }
    this.current = own.has(this.current) ? this.current : open[0]?.properties.code ?? null
    this.shapes.get(this.current)?.layer.getElement()?.setAttribute('tabindex', '0')
  }

  // Moves the map to the small areas that can be chosen.
  look () {
    const layers = [...this.shapes.values()].filter(({ layer }) => layer.options.interactive).map(({ layer }) => layer)
    if (layers.length) this.host.map.fitBounds(L.featureGroup(layers).getBounds(), { padding: [20, 20], animate: false })
  }

  #focus (code) {
    this.shapes.get(this.current)?.layer.getElement()?.setAttribute('tabindex', '-1')
    this.current = code
    const { layer } = this.shapes.get(code)
    layer.getElement().setAttribute('tabindex', '0')
    if (!layer.getElement().matches(':focus-visible')) return
    this.host.map.panInside(layer.getBounds().getCenter(), { padding: [60, 60], animate: false })
    this.host.ringAround(layer)
    this.host.facts.textContent = `${this.words.get(code)}.`
  }

  #key (event) {
    const code = event.target.dataset?.small
    if (code === undefined) return
    if (event.key === 'Enter' || event.key === ' ') this.toggle(code)
    else if (WAYS[event.key]) {
      const at = (layer) => this.host.map.latLngToLayerPoint(layer.getBounds().getCenter())
      const places = new Map([...this.shapes].filter(([, { layer }]) => layer.options.interactive).map(([one, { layer }]) => [one, at(layer)]))
      const next = nextThatWay(places, code, WAYS[event.key])
      if (next) this.shapes.get(next).layer.getElement().focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
}

export function smallWords (p, to, nameOf) {
  return [
    `${p.name}, ${people(p.population)}${p.cut_population >= 0.5 ? ` (${say('estimated: a line cuts it')})` : ''}`,
    p.target ? say('in {area}', { area: p.target_name }) : say('where nothing is known to fit'),
    p.population_elsewhere >= 0.5 && sayMany('{n} more person of it lives in another area and moves too', '{n} people more of it live in another area and move too', Math.round(p.population_elsewhere)),
    to && say('moves to {area}', { area: nameOf(to) })
  ].filter(Boolean).join('. ')
}
