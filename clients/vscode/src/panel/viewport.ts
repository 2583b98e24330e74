/** Where one looks at a picture from: which part of it fills the view. No DOM. */

export interface Size {
  width: number;
  height: number;
}

/** A point of the picture is shown at `point * scale + (x, y)`, in pixels of the view. */
export interface Viewport {
  x: number;
  y: number;
  scale: number;
}

const smallest = 0.05;
const largest = 8;

/** All of the picture, in the middle; never larger than life. */
export function fitted(picture: Size, view: Size): Viewport {
  const scale = Math.min(view.width / picture.width, view.height / picture.height, 1);
  const usable = Number.isFinite(scale) && scale > 0 ? scale : 1;
  return {
    scale: usable,
    x: (view.width - picture.width * usable) / 2,
    y: (view.height - picture.height * usable) / 2,
  };
}

/** The point of the picture under (x, y) stays where it is. */
export function zoomed(viewport: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = Math.min(Math.max(viewport.scale * factor, smallest), largest);
  const ratio = scale / viewport.scale;
  return { scale, x: x - (x - viewport.x) * ratio, y: y - (y - viewport.y) * ratio };
}

export function moved(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, x: viewport.x + dx, y: viewport.y + dy };
}
