-- Two made-up tables: one with a column that grows with every change, one to be read whole.
create schema sample;

create table sample.grants (
    id bigint primary key,
    project text not null,
    amount numeric(30, 6),
    tags text[],
    updated_at timestamptz not null
);

insert into sample.grants values
    (1, 'acme-tool', 1500.000001, array['infra'], '2024-01-01 00:00:00+00'),
    (2, 'bare-kit', null, array[]::text[], '2024-01-02 00:00:00+00'),
    (3, '=HYPERLINK("x")', 12, null, '2024-01-02 00:00:00+00');

create table sample.funders (
    funder_id uuid primary key,
    name text
);

insert into sample.funders values
    ('00000000-0000-0000-0000-000000000001', 'Example Fund'),
    ('00000000-0000-0000-0000-000000000002', '');
