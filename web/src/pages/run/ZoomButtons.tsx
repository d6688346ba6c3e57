import { useWordsOf } from "../../i18n/words";
import { words as PAGE_WORDS } from "./words";

interface Props {
  onZoom: (closer: boolean) => void;
  onFit: () => void;
}

export function ZoomButtons({ onZoom, onFit }: Props) {
  const words = useWordsOf(PAGE_WORDS);
  return (
    <span className="zoom">
      <button type="button" className="small" aria-label={words.zoomOut} onClick={() => onZoom(false)}>−</button>
      <button type="button" className="small" aria-label={words.zoomIn} onClick={() => onZoom(true)}>+</button>
      <button type="button" className="small" onClick={onFit}>{words.fit}</button>
    </span>
  );
}
