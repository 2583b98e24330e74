/** Where one has been: back and forward, as in a browser. No DOM. */
const longest = 100;

export class Trail<Place> {
  private behind: Place[] = [];
  private ahead: Place[] = [];

  get canGoBack(): boolean {
    return this.behind.length > 0;
  }

  get canGoForward(): boolean {
    return this.ahead.length > 0;
  }

  /** One goes on from here; what was ahead is forgotten. */
  leave(here: Place): void {
    this.behind = [...this.behind, here].slice(-longest);
    this.ahead = [];
  }

  back(here: Place): Place | undefined {
    const place = this.behind.pop();
    if (place !== undefined) {
      this.ahead.push(here);
    }
    return place;
  }

  forward(here: Place): Place | undefined {
    const place = this.ahead.pop();
    if (place !== undefined) {
      this.behind.push(here);
    }
    return place;
  }
}
