// An area drawn by its corners: on the map, at the middle of the map, or written.
const L = window.L

export class Drawing {
  constructor (map, tell) {
    this.map = map
    this.tell = tell
    this.corners = []
    map.createPane('drawing').style.zIndex = 460
    this.layer = L.layerGroup()
    map.on('click', ({ latlng }) => { if (this.on) this.#set([...this.corners, [latlng.lat, latlng.lng]]) })
  }

  active (on) {
    this.on = on
    this.map.getContainer().classList.toggle('jb-map--drawing', on)
    if (on) this.layer.addTo(this.map)
    else this.layer.remove()
    if (on) this.tell(this.corners)
  }

  #set (corners) {
    this.corners = corners
    this.raise()
    this.tell(corners)
  }

  raise () {
    this.layer.clearLayers()
    const pane = 'drawing'
    if (this.corners.length > 1) L.polygon(this.corners, { pane, className: 'jb-drawn', weight: 3, interactive: false }).addTo(this.layer)
    this.corners.forEach((corner, k) => {
      const mark = L.marker(corner, {
        pane,
        draggable: true,
        keyboard: false,
        icon: L.divIcon({ className: 'jb-corner', iconSize: [24, 24] }),
        title: `Corner ${k + 1}`
      }).addTo(this.layer)
      mark.on('dragend', () => {
        const { lat, lng } = mark.getLatLng()
        this.#set(this.corners.map((one, at) => (at === k ? [lat, lng] : one)))
      })
    })
  }

  addMiddle () {
    const { lat, lng } = this.map.getCenter()
    this.#set([...this.corners, [lat, lng]])
  }

  back () { this.#set(this.corners.slice(0, -1)) }
  clear () { this.#set([]) }

  take (text) {
    const read = text.split('\n').map((line) => line.split(',').map(Number)).filter((pair) => pair.length === 2 && pair.every(Number.isFinite))
    this.#set(read.filter(([lat, lng]) => Math.abs(lat) <= 90 && Math.abs(lng) <= 180))
  }
}
