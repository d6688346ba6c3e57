-- One day of the warehouse. Constraints refuse what the tasks before should have refused.
CREATE TABLE cost (
  date        TEXT    NOT NULL,
  engine      TEXT    NOT NULL,
  campaign    TEXT    NOT NULL,
  ad          INTEGER NOT NULL,
  impressions INTEGER NOT NULL CHECK (typeof(impressions) = 'integer'),
  clicks      INTEGER NOT NULL CHECK (typeof(clicks) = 'integer'),
  cost_fen    INTEGER NOT NULL CHECK (typeof(cost_fen) = 'integer'),
  PRIMARY KEY (engine, campaign, ad)
);

CREATE TABLE orders (
  order_id   TEXT    NOT NULL PRIMARY KEY,
  engine     TEXT    NOT NULL,
  campaign   TEXT    NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (typeof(amount_fen) = 'integer')
);
