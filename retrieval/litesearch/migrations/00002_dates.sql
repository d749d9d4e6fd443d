-- +goose Up

-- Days as YYYY-MM-DD, empty where the page does not say.
ALTER TABLE versions ADD COLUMN review_by TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN ends TEXT NOT NULL DEFAULT '';
