// Month by month: a slider, steps, and playing until the last month. Who asked for less motion gets the steps alone.
import { say } from '../words.js'

const MONTH_MS = 1200

export class Player {
  // element: the slider's row; choose(month): shows one month
  constructor (element, { last, name, choose }) {
    Object.assign(this, { last, name, choose, timer: 0 })
    this.slider = element.querySelector('input[type=range]')
    this.play = element.querySelector('[data-map-play]')
    this.back = element.querySelector('[data-map-step="-1"]')
    this.on = element.querySelector('[data-map-step="1"]')
    this.slider.max = last
    this.play.hidden = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    this.play.addEventListener('click', () => (this.timer ? this.stop() : this.#start()))
    this.slider.addEventListener('input', () => this.#to(Number(this.slider.value)))
    this.back.addEventListener('click', () => this.#to(Number(this.slider.value) - 1))
    this.on.addEventListener('click', () => this.#to(Number(this.slider.value) + 1))
    document.addEventListener('visibilitychange', () => document.hidden && this.stop())
    this.#label()
  }

  // Where the slider stands when the months were chosen in another way.
  at (month, alone) {
    this.slider.value = month
    this.slider.setAttribute('aria-valuetext', alone ? this.name(month) : say('{month}, not chosen', { month: this.name(month) }))
    this.back.disabled = alone && month === 0
    this.on.disabled = alone && month === this.last
  }

  stop () {
    clearInterval(this.timer)
    this.timer = 0
    this.#label()
  }

  #start () {
    const begin = Number(this.slider.value)
    this.choose(begin >= this.last ? 0 : begin)
    this.timer = setInterval(() => {
      const next = Number(this.slider.value) + 1
      if (next > this.last) this.stop()
      else this.choose(next)
    }, MONTH_MS)
    this.#label()
  }

  #to (month) {
    this.stop()
    this.choose(Math.min(Math.max(month, 0), this.last))
  }

  #label () {
    this.play.textContent = this.timer ? say('Pause') : say('Play')
    this.play.setAttribute('aria-pressed', String(Boolean(this.timer)))
  }
}
