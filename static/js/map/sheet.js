// A canvas that lies on the map and is painted anew when the map has moved: quick with tens of thousands of shapes.
const L = window.L
const AROUND = 0.2

export const Sheet = L.Layer.extend({
  initialize (pane, paint) {
    L.Util.setOptions(this, { pane })
    this._paint = paint
  },

  onAdd (map) {
    this._canvas = L.DomUtil.create('canvas', 'cm-sheet leaflet-zoom-animated')
    this._canvas.setAttribute('aria-hidden', 'true')
    map.getPane(this.options.pane).append(this._canvas)
    this.redraw()
  },

  onRemove () {
    this._canvas.remove()
    cancelAnimationFrame(this._asked)
    this._asked = 0
  },

  getEvents () {
    const events = { moveend: this.redraw, resize: this.redraw, viewreset: this.redraw, zoom: this._follow }
    return this._map.options.zoomAnimation ? { ...events, zoomanim: this._glide } : events
  },

  redraw () {
    if (this._map && !this._asked) this._asked = requestAnimationFrame(() => this._draw())
  },

  _follow () {
    if (this._corner) this._move(this._map.latLngToLayerPoint(this._corner), this._map.getZoom())
  },

  _glide ({ center, zoom }) {
    if (this._corner) this._move(this._map._latLngToNewLayerPoint(this._corner, zoom, center), zoom)
  },

  _move (point, zoom) {
    L.DomUtil.setTransform(this._canvas, point, this._map.getZoomScale(zoom, this._zoom))
  },

  _draw () {
    this._asked = 0
    const map = this._map
    if (!map) return
    const size = map.getSize()
    const start = size.multiplyBy(-AROUND).floor()
    const [width, height] = [size.x - 2 * start.x, size.y - 2 * start.y]
    const ratio = Math.min(window.devicePixelRatio || 1, 2)
    this._zoom = map.getZoom()
    const corner = map.containerPointToLayerPoint(start)
    this._corner = map.layerPointToLatLng(corner)
    this._canvas.width = Math.round(width * ratio)
    this._canvas.height = Math.round(height * ratio)
    this._canvas.style.width = `${width}px`
    this._canvas.style.height = `${height}px`
    L.DomUtil.setTransform(this._canvas, corner, 1)
    const context = this._canvas.getContext('2d')
    context.scale(ratio, ratio)
    const origin = map.getPixelOrigin().add(corner)
    const world = 256 * 2 ** this._zoom
    this._paint(context, {
      width,
      height,
      zoom: this._zoom,
      frame: { left: -start.x, top: -start.y, right: size.x - start.x, bottom: size.y - start.y },
      x: (mercator) => mercator * world - origin.x,
      y: (mercator) => mercator * world - origin.y
    })
  }
})
