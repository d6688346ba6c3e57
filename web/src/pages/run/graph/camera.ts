// Which part of a graph is in sight: screen = (world - (x, y)) * scale.

export interface Camera {
  x: number;
  y: number;
  scale: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const LARGEST = 2.5;
const SMALLEST = 0.01;
const MARGIN = 24;

export function zoomed(camera: Camera, factor: number, atX: number, atY: number): Camera {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, camera.scale * factor));
  return {
    scale,
    x: camera.x + atX / camera.scale - atX / scale,
    y: camera.y + atY / camera.scale - atY / scale,
  };
}

export function panned(camera: Camera, byX: number, byY: number): Camera {
  return { ...camera, x: camera.x - byX / camera.scale, y: camera.y - byY / camera.scale };
}

/** All of a graph, in the middle, little larger than life at most. */
export function fitted(width: number, height: number, viewWidth: number, viewHeight: number): Camera {
  const scale = Math.max(
    SMALLEST,
    Math.min(1.25, (viewWidth - 2 * MARGIN) / Math.max(1, width), (viewHeight - 2 * MARGIN) / Math.max(1, height)),
  );
  return { scale, x: (width - viewWidth / scale) / 2, y: (height - viewHeight / scale) / 2 };
}

/** The same scale, or one at which texts can be read, with a box in the middle. */
export function centred(camera: Camera, box: Box, viewWidth: number, viewHeight: number, readable: number): Camera {
  const scale = Math.max(camera.scale, readable);
  return {
    scale,
    x: box.x + box.width / 2 - viewWidth / 2 / scale,
    y: box.y + box.height / 2 - viewHeight / 2 / scale,
  };
}

export function isInSight(camera: Camera, box: Box, viewWidth: number, viewHeight: number): boolean {
  const left = (box.x - camera.x) * camera.scale;
  const top = (box.y - camera.y) * camera.scale;
  return (
    left >= 0 && top >= 0 && left + box.width * camera.scale <= viewWidth && top + box.height * camera.scale <= viewHeight
  );
}
