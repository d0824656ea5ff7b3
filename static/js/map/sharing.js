// A link to what is shown, and the lines that put the map on another site.
import { say } from '../words.js'

async function copied (text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

// Where the browser does not let a page copy, the text is shown, chosen, to be copied by hand.
export function startCopying (button, field, told, text) {
  button.addEventListener('click', async () => {
    const words = text()
    field.value = words
    if (await copied(words)) {
      told.textContent = say('Copied.')
      return
    }
    field.hidden = false
    field.focus()
    field.select()
    told.textContent = say('Copy the chosen text.')
  })
}

export function embedCode (address, title) {
  const frame = document.createElement('iframe')
  frame.setAttribute('src', address)
  frame.setAttribute('title', title)
  frame.setAttribute('width', '100%')
  frame.setAttribute('height', '760')
  frame.setAttribute('loading', 'lazy')
  return frame.outerHTML
}
