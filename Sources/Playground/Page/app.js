const form = document.getElementById('form');
const prompt = document.getElementById('prompt');
const status = document.getElementById('status');
const pictures = document.getElementById('pictures');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch('/api/v1/jobs', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt: prompt.value, count: 4 }),
  });
  const job = await answer.json();
  status.textContent = answer.ok ? 'queued' : job.error.message;
});

const events = new EventSource('/api/v1/events');
events.addEventListener('step', (event) => {
  const step = JSON.parse(event.data);
  status.textContent = `picture ${step.picture} of ${step.pictures}, step ${step.step} of ${step.steps}`;
});
events.addEventListener('image', (event) => {
  const picture = document.createElement('img');
  const { url, seed } = JSON.parse(event.data);
  picture.src = url;
  picture.alt = `seed ${seed}`;
  pictures.prepend(picture);
});
events.addEventListener('done', () => { status.textContent = 'done'; });
events.addEventListener('failed', (event) => {
  status.textContent = JSON.parse(event.data).error.message;
});
