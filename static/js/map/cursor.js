// Places by key: one stop for the Tab key, on which the arrow keys go from place to place, the busiest first. Each place is an
// element of its own with its own name, so that it is read out.
const L = window.L
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }

export class Cursor {
  // describe(i, place, many): the name of a place; position(i): where it is; choose(i, element): Enter or Space
  constructor (map, { describe, position, choose }) {
    Object.assign(this, { map, describe, position, choose, order: [], place: 0, marker: null })
  }

  // order: places, the busiest first
  show (order) {
    const current = this.order[this.place]
    this.order = order
    this.place = Math.max(0, order.indexOf(current))
    const focused = this.marker && this.marker.getElement() === document.activeElement
    this.#put()
    if (focused && this.marker) this.marker.getElement().focus()
  }

  at (unit) {
    this.place = Math.max(0, this.order.indexOf(unit))
    this.#put()
    return this.marker?.getElement()
  }

  #put () {
    const before = this.marker
    this.marker = null
    if (this.order.length) {
      const unit = this.order[this.place]
      const icon = L.divIcon({ className: 'cm-cursor', iconSize: [32, 32], html: '' })
      this.marker = L.marker(this.position(unit), { icon, keyboard: true, autoPanOnFocus: false, interactive: true }).addTo(this.map)
      const element = this.marker.getElement()
      element.setAttribute('aria-label', this.describe(unit, this.place + 1, this.order.length))
      element.addEventListener('keydown', (event) => this.#key(event, unit))
      element.addEventListener('focus', () => this.#into(unit))
    }
    if (before) before.remove()
  }

  // A place outside the frame is brought into it.
  #into (unit) {
    const at = L.latLng(this.position(unit))
    if (!this.map.getBounds().pad(-0.08).contains(at)) this.map.panTo(at, { animate: false })
  }

  #key (event, unit) {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    let next = null
    if (event.key in STEPS) next = this.place + STEPS[event.key]
    else if (event.key === 'Home') next = 0
    else if (event.key === 'End') next = this.order.length - 1
    else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      event.stopPropagation()
      this.choose(unit, this.marker.getElement())
      return
    }
    if (next === null) return
    event.preventDefault()
    event.stopPropagation()
    this.place = Math.min(Math.max(next, 0), this.order.length - 1)
    this.#put()
    this.marker.getElement().focus({ preventScroll: true })
  }
}
