// One box of facts. Opened by key it takes the focus; closed it gives it back to where it came from.
import { say } from '../words.js'

const L = window.L

export function lines (...texts) {
  const box = document.createElement('div')
  for (const text of texts.filter(Boolean)) box.append(Object.assign(document.createElement('div'), { textContent: text }))
  return box
}

export class Popup {
  constructor (map, element) {
    this.map = map
    this.popup = L.popup({ className: 'cm-popup', maxWidth: 260, minWidth: 160, autoPanPadding: [14, 14] })
    this.giveBack = null
    map.on('popupclose', () => {
      const back = this.giveBack
      this.giveBack = null
      const inside = this.box?.contains(document.activeElement) || document.activeElement === document.body
      if (back?.isConnected && (inside || document.activeElement === null)) back.focus()
    })
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.popup.isOpen()) return
      event.stopPropagation()
      this.close()
    })
  }

  // from: the element that asked, where that was by key.
  open (at, heading, rows, from = null) {
    this.giveBack = null
    if (this.popup.isOpen()) this.map.closePopup(this.popup)
    const box = document.createElement('div')
    box.tabIndex = -1
    box.className = 'cm-popup__text'
    box.setAttribute('role', 'dialog')
    box.setAttribute('aria-label', heading)
    const title = Object.assign(document.createElement('strong'), { textContent: heading })
    box.append(title, ...rows.map((row) => Object.assign(document.createElement('div'), { textContent: row })))
    this.box = box
    this.popup.setLatLng(at).setContent(box).openOn(this.map)
    const close = this.popup.getElement().querySelector('.leaflet-popup-close-button')
    close.setAttribute('aria-label', say('Close'))
    // Inside the dialog: a reader of the screen then finds it where the words are.
    box.append(close)
    if (!from) return
    this.giveBack = from
    box.focus({ preventScroll: true })
  }

  close () { this.map.closePopup(this.popup) }
}
