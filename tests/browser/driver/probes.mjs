// Functions that run inside the page. They measure what a person would see and hear, from pixels and samples.

/** What every tile shows right now; see `Tile` in tabs.py. */
export function readTiles() {
  /** Pictures are read at this size: small enough to be quick, large enough to see a shape move. */
  const WIDTH = 32;
  const HEIGHT = 18;
  return [...document.querySelectorAll('[data-testid="tile"]')].map((tile) => {
    const video = tile.querySelector("video");
    const meter = tile.querySelector("[data-audio-level]");
    return {
      identity: tile.getAttribute("data-identity"),
      source: tile.getAttribute("data-source"),
      label: tile.getAttribute("aria-label"),
      speaking: tile.getAttribute("data-speaking") === "true",
      audioLevel: meter === null ? null : Number(meter.getAttribute("data-audio-level")),
      picture: video === null || video.videoWidth === 0 ? null : readPicture(video),
    };
  });

  /** @param {HTMLVideoElement} video */
  function readPicture(video) {
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("no 2d canvas");
    context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
    const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, index) => [...data.slice(index * 4, index * 4 + 3)]);
    return {
      width: video.videoWidth,
      height: video.videoHeight,
      currentTime: video.currentTime,
      dominantColour: dominantColour(pixels),
      deviation: deviation(pixels.map(([red = 0, green = 0, blue = 0]) => 0.299 * red + 0.587 * green + 0.114 * blue)),
      fingerprint: fingerprint(data),
    };
  }

  /** Mean of the pixels in the fullest of 4 × 4 × 4 colour boxes. @param {number[][]} pixels */
  function dominantColour(pixels) {
    /** @type {Map<string, number[][]>} */
    const boxes = new Map();
    for (const pixel of pixels) {
      const box = pixel.map((value) => value >> 6).join();
      boxes.set(box, [...(boxes.get(box) ?? []), pixel]);
    }
    const fullest = [...boxes.values()].reduce((a, b) => (b.length > a.length ? b : a));
    return [0, 1, 2].map((channel) => Math.round(mean(fullest.map((pixel) => pixel[channel] ?? 0))));
  }

  /** @param {number[]} values */
  function mean(values) {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  /** @param {number[]} values */
  function deviation(values) {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  }

  /** FNV-1a: differs whenever a pixel differs. @param {Uint8ClampedArray} bytes */
  function fingerprint(bytes) {
    let hash = 0x811c9dc5;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    return hash;
  }
}

/** Loudest frequency, Hz, of every remote voice that plays, each listened to for a moment; null for silence. */
export async function readPeaks() {
  const context = new AudioContext();
  await context.resume();
  const voices = [...document.querySelectorAll("audio")].flatMap((element) =>
    element.srcObject instanceof MediaStream && element.srcObject.getAudioTracks().length > 0 ? [element.srcObject] : [],
  );
  const analysers = voices.map((stream) => {
    const analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(stream).connect(analyser);
    return analyser;
  });
  // The window of the transform must be full of new samples.
  const heard = context.currentTime + 16384 / context.sampleRate + 0.1;
  while (context.currentTime < heard) await new Promise(requestAnimationFrame);
  const peaks = analysers.map((analyser) => {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.reduce((best, decibels, bin) => (decibels > (bins[best] ?? -Infinity) ? bin : best), 0);
    return (bins[loudest] ?? -Infinity) < -70 ? null : (loudest * context.sampleRate) / analyser.fftSize;
  });
  await context.close();
  return peaks;
}

/** How far the page reaches beyond its window, CSS pixels, and which elements stick out sideways. */
export function readOverflow() {
  const width = document.documentElement.clientWidth;
  const outside = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    const hidden = box.width <= 1 || box.height === 0;
    return !hidden && element.closest("svg, .stage") === null && (box.right > width + 0.5 || box.left < -0.5);
  });
  return {
    horizontal: document.documentElement.scrollWidth - width,
    vertical: document.documentElement.scrollHeight - document.documentElement.clientHeight,
    outside: outside.map((element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`),
  };
}
