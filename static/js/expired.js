// Messages that hold until a day are hidden when it has passed: the page may be older than that.

// A day in the United Kingdom, as the team wrote it.
const dayOf = (moment) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', year: 'numeric', month: '2-digit', day: '2-digit' }).format(moment)

export function hideExpired (page, now = new Date()) {
  const today = dayOf(now)
  for (const one of page.querySelectorAll('[data-until]')) {
    one.hidden = one.dataset.until < today
    const left = [...one.parentElement.querySelectorAll('.cm-card')].some((card) => !card.hidden)
    const none = one.parentElement.querySelector('[data-none]')
    if (none) none.hidden = left
  }
}
