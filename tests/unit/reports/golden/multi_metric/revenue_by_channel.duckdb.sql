WITH picked AS (
  WITH conversions AS (
    WITH m0 AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        CASE
          WHEN (
            events.value
          ) * CASE events.currency
            WHEN CAST($picked_conversions_m0_v0 AS TEXT)
            THEN CAST($picked_conversions_m0_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END BETWEEN -1e12 AND 1e12
          THEN CAST(ROUND(
            (
              events.value
            ) * CASE events.currency
              WHEN CAST($picked_conversions_m0_v0 AS TEXT)
              THEN CAST($picked_conversions_m0_v1 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END * 10000
          ) AS BIGINT)
        END AS units
      FROM events_24305_24318 AS events
      WHERE
        events.metric_id = CAST($picked_conversions_m0_v2 AS BIGINT)
        AND events.occurred_at >= CAST($picked_conversions_m0_v3 AS TIMESTAMPTZ)
        AND events.occurred_at < CAST($picked_conversions_m0_v4 AS TIMESTAMPTZ)
    ), m1 AS (
      SELECT
        found.profile_no AS profile_no,
        found.occurred_at AS occurred_at,
        found.event_id AS event_id,
        CASE
          WHEN found.metric_id = CAST($picked_conversions_m1_v4 AS BIGINT)
          AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
          THEN CASE
            WHEN (
              found.value
            ) * CASE found.currency
              WHEN CAST($picked_conversions_m1_v5 AS TEXT)
              THEN CAST($picked_conversions_m1_v6 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END BETWEEN -1e12 AND 1e12
            THEN CAST(ROUND(
              (
                found.value
              ) * CASE found.currency
                WHEN CAST($picked_conversions_m1_v5 AS TEXT)
                THEN CAST($picked_conversions_m1_v6 AS DOUBLE)
                ELSE CAST(1 AS DOUBLE)
              END * 10000
            ) AS BIGINT)
          END
        END AS units
      FROM (
        SELECT
          events.profile_no AS profile_no,
          events.occurred_at AS occurred_at,
          events.event_id AS event_id,
          events.metric_id AS metric_id,
          events.value AS value,
          events.currency AS currency,
          NULLIF(CAST(JSON_EXTRACT(events.properties, '/coupon') AS TEXT), 'null') AS g0_0
        FROM events_24305_24318 AS events
        WHERE
          events.metric_id IN (CAST($picked_conversions_m1_v1_0 AS BIGINT))
          AND events.occurred_at >= CAST($picked_conversions_m1_v2 AS TIMESTAMPTZ)
          AND events.occurred_at < CAST($picked_conversions_m1_v3 AS TIMESTAMPTZ)
      ) AS found
      WHERE
        (
          found.metric_id = CAST($picked_conversions_m1_v4 AS BIGINT)
          AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
        )
    )
    SELECT
      0 AS metric,
      m0.profile_no AS profile_no,
      m0.occurred_at AS occurred_at,
      m0.event_id AS event_id,
      m0.units AS units
    FROM m0 AS m0
    UNION ALL
    SELECT
      1 AS metric,
      m1.profile_no AS profile_no,
      m1.occurred_at AS occurred_at,
      m1.event_id AS event_id,
      m1.units AS units
    FROM m1 AS m1
  ), credits AS (
    WITH conversions AS (
      WITH shown AS (
        WITH m0 AS (
          SELECT
            events.profile_no AS profile_no,
            events.occurred_at AS occurred_at,
            events.event_id AS event_id,
            CASE
              WHEN (
                events.value
              ) * CASE events.currency
                WHEN CAST($picked_credits_conversions_shown_m0_v0 AS TEXT)
                THEN CAST($picked_credits_conversions_shown_m0_v1 AS DOUBLE)
                ELSE CAST(1 AS DOUBLE)
              END BETWEEN -1e12 AND 1e12
              THEN CAST(ROUND(
                (
                  events.value
                ) * CASE events.currency
                  WHEN CAST($picked_credits_conversions_shown_m0_v0 AS TEXT)
                  THEN CAST($picked_credits_conversions_shown_m0_v1 AS DOUBLE)
                  ELSE CAST(1 AS DOUBLE)
                END * 10000
              ) AS BIGINT)
            END AS units
          FROM events_24305_24318 AS events
          WHERE
            events.metric_id = CAST($picked_credits_conversions_shown_m0_v2 AS BIGINT)
            AND events.occurred_at >= CAST($picked_credits_conversions_shown_m0_v3 AS TIMESTAMPTZ)
            AND events.occurred_at < CAST($picked_credits_conversions_shown_m0_v4 AS TIMESTAMPTZ)
        ), m1 AS (
          SELECT
            found.profile_no AS profile_no,
            found.occurred_at AS occurred_at,
            found.event_id AS event_id,
            CASE
              WHEN found.metric_id = CAST($picked_credits_conversions_shown_m1_v4 AS BIGINT)
              AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
              THEN CASE
                WHEN (
                  found.value
                ) * CASE found.currency
                  WHEN CAST($picked_credits_conversions_shown_m1_v5 AS TEXT)
                  THEN CAST($picked_credits_conversions_shown_m1_v6 AS DOUBLE)
                  ELSE CAST(1 AS DOUBLE)
                END BETWEEN -1e12 AND 1e12
                THEN CAST(ROUND(
                  (
                    found.value
                  ) * CASE found.currency
                    WHEN CAST($picked_credits_conversions_shown_m1_v5 AS TEXT)
                    THEN CAST($picked_credits_conversions_shown_m1_v6 AS DOUBLE)
                    ELSE CAST(1 AS DOUBLE)
                  END * 10000
                ) AS BIGINT)
              END
            END AS units
          FROM (
            SELECT
              events.profile_no AS profile_no,
              events.occurred_at AS occurred_at,
              events.event_id AS event_id,
              events.metric_id AS metric_id,
              events.value AS value,
              events.currency AS currency,
              NULLIF(CAST(JSON_EXTRACT(events.properties, '/coupon') AS TEXT), 'null') AS g0_0
            FROM events_24305_24318 AS events
            WHERE
              events.metric_id IN (CAST($picked_credits_conversions_shown_m1_v1_0 AS BIGINT))
              AND events.occurred_at >= CAST($picked_credits_conversions_shown_m1_v2 AS TIMESTAMPTZ)
              AND events.occurred_at < CAST($picked_credits_conversions_shown_m1_v3 AS TIMESTAMPTZ)
          ) AS found
          WHERE
            (
              found.metric_id = CAST($picked_credits_conversions_shown_m1_v4 AS BIGINT)
              AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
            )
        )
        SELECT
          0 AS metric,
          m0.profile_no AS profile_no,
          m0.occurred_at AS occurred_at,
          m0.event_id AS event_id,
          m0.units AS units
        FROM m0 AS m0
        UNION ALL
        SELECT
          1 AS metric,
          m1.profile_no AS profile_no,
          m1.occurred_at AS occurred_at,
          m1.event_id AS event_id,
          m1.units AS units
        FROM m1 AS m1
      )
      SELECT DISTINCT
        shown.profile_no AS profile_no,
        shown.occurred_at AS occurred_at,
        shown.event_id AS event_id,
        CAST(NULL AS BIGINT) AS units
      FROM shown AS shown
    ), touched AS (
      WITH told AS (
        WITH due AS (
          WITH people AS (
            WITH shown AS (
              WITH m0 AS (
                SELECT
                  events.profile_no AS profile_no,
                  events.occurred_at AS occurred_at,
                  events.event_id AS event_id,
                  CASE
                    WHEN (
                      events.value
                    ) * CASE events.currency
                      WHEN CAST($picked_credits_touched_told_due_people_shown_m0_v0 AS TEXT)
                      THEN CAST($picked_credits_touched_told_due_people_shown_m0_v1 AS DOUBLE)
                      ELSE CAST(1 AS DOUBLE)
                    END BETWEEN -1e12 AND 1e12
                    THEN CAST(ROUND(
                      (
                        events.value
                      ) * CASE events.currency
                        WHEN CAST($picked_credits_touched_told_due_people_shown_m0_v0 AS TEXT)
                        THEN CAST($picked_credits_touched_told_due_people_shown_m0_v1 AS DOUBLE)
                        ELSE CAST(1 AS DOUBLE)
                      END * 10000
                    ) AS BIGINT)
                  END AS units
                FROM events_24305_24318 AS events
                WHERE
                  events.metric_id = CAST($picked_credits_touched_told_due_people_shown_m0_v2 AS BIGINT)
                  AND events.occurred_at >= CAST($picked_credits_touched_told_due_people_shown_m0_v3 AS TIMESTAMPTZ)
                  AND events.occurred_at < CAST($picked_credits_touched_told_due_people_shown_m0_v4 AS TIMESTAMPTZ)
              ), m1 AS (
                SELECT
                  found.profile_no AS profile_no,
                  found.occurred_at AS occurred_at,
                  found.event_id AS event_id,
                  CASE
                    WHEN found.metric_id = CAST($picked_credits_touched_told_due_people_shown_m1_v4 AS BIGINT)
                    AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
                    THEN CASE
                      WHEN (
                        found.value
                      ) * CASE found.currency
                        WHEN CAST($picked_credits_touched_told_due_people_shown_m1_v5 AS TEXT)
                        THEN CAST($picked_credits_touched_told_due_people_shown_m1_v6 AS DOUBLE)
                        ELSE CAST(1 AS DOUBLE)
                      END BETWEEN -1e12 AND 1e12
                      THEN CAST(ROUND(
                        (
                          found.value
                        ) * CASE found.currency
                          WHEN CAST($picked_credits_touched_told_due_people_shown_m1_v5 AS TEXT)
                          THEN CAST($picked_credits_touched_told_due_people_shown_m1_v6 AS DOUBLE)
                          ELSE CAST(1 AS DOUBLE)
                        END * 10000
                      ) AS BIGINT)
                    END
                  END AS units
                FROM (
                  SELECT
                    events.profile_no AS profile_no,
                    events.occurred_at AS occurred_at,
                    events.event_id AS event_id,
                    events.metric_id AS metric_id,
                    events.value AS value,
                    events.currency AS currency,
                    NULLIF(CAST(JSON_EXTRACT(events.properties, '/coupon') AS TEXT), 'null') AS g0_0
                  FROM events_24305_24318 AS events
                  WHERE
                    events.metric_id IN (CAST($picked_credits_touched_told_due_people_shown_m1_v1_0 AS BIGINT))
                    AND events.occurred_at >= CAST($picked_credits_touched_told_due_people_shown_m1_v2 AS TIMESTAMPTZ)
                    AND events.occurred_at < CAST($picked_credits_touched_told_due_people_shown_m1_v3 AS TIMESTAMPTZ)
                ) AS found
                WHERE
                  (
                    found.metric_id = CAST($picked_credits_touched_told_due_people_shown_m1_v4 AS BIGINT)
                    AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
                  )
              )
              SELECT
                0 AS metric,
                m0.profile_no AS profile_no,
                m0.occurred_at AS occurred_at,
                m0.event_id AS event_id,
                m0.units AS units
              FROM m0 AS m0
              UNION ALL
              SELECT
                1 AS metric,
                m1.profile_no AS profile_no,
                m1.occurred_at AS occurred_at,
                m1.event_id AS event_id,
                m1.units AS units
              FROM m1 AS m1
            )
            SELECT DISTINCT
              shown.profile_no AS profile_no,
              shown.occurred_at AS occurred_at,
              shown.event_id AS event_id,
              CAST(NULL AS BIGINT) AS units
            FROM shown AS shown
          )
          SELECT
            CAST(people.profile_no AS BIGINT) * 10000000 + (
              EPOCH_US(people.occurred_at) - EPOCH_US(CAST($picked_credits_touched_told_due_epoch AS TIMESTAMPTZ))
            ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_touched_told_due_hours AS BIGINT) AS BIGINT), 0) AS stretch
          FROM people AS people
          UNION
          SELECT
            CAST(people.profile_no AS BIGINT) * 10000000 + (
              EPOCH_US(people.occurred_at) - EPOCH_US(CAST($picked_credits_touched_told_due_epoch AS TIMESTAMPTZ))
            ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_touched_told_due_hours AS BIGINT) AS BIGINT), 0) - 1 AS stretch
          FROM people AS people
        )
        SELECT
          events.profile_no AS profile_no,
          events.occurred_at AS occurred_at,
          events.event_id AS event_id,
          events.metric_id AS metric_id,
          events.message AS message,
          events.flow AS flow,
          events.campaign AS campaign,
          events.variation AS variation,
          events.machine AS machine,
          events.transactional AS transactional,
          CASE
            WHEN events.metric_id IN (
              CAST($picked_credits_touched_told_v8_0 AS BIGINT),
              CAST($picked_credits_touched_told_v8_1 AS BIGINT),
              CAST($picked_credits_touched_told_v8_2 AS BIGINT)
            )
            THEN 'email'
            WHEN events.metric_id IN (
              CAST($picked_credits_touched_told_v9_0 AS BIGINT),
              CAST($picked_credits_touched_told_v9_1 AS BIGINT)
            )
            THEN 'sms'
          END AS channel,
          CASE
            WHEN events.metric_id IN (
              CAST($picked_credits_touched_told_v10_0 AS BIGINT),
              CAST($picked_credits_touched_told_v10_1 AS BIGINT)
            )
            THEN 1
          END AS receipt,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v11_0 AS BIGINT))
            THEN 1
            ELSE 0
          END AS visit,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v0_0 AS BIGINT))
            THEN 4
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v2_0 AS BIGINT))
            THEN 3
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v4_0 AS BIGINT))
            THEN 4
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v6_0 AS BIGINT))
            THEN 2
          END AS kind,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v0_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v1 AS BIGINT)
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v2_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v3 AS BIGINT)
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v4_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v5 AS BIGINT)
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v6_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v7 AS BIGINT)
          END AS hours
        FROM events_24305_24318 AS events
        WHERE
          events.metric_id IN (
            CAST($picked_credits_touched_told_v12_0 AS BIGINT),
            CAST($picked_credits_touched_told_v12_1 AS BIGINT),
            CAST($picked_credits_touched_told_v12_2 AS BIGINT),
            CAST($picked_credits_touched_told_v12_3 AS BIGINT),
            CAST($picked_credits_touched_told_v12_4 AS BIGINT)
          )
          AND CAST(events.profile_no AS BIGINT) * 10000000 + (
            EPOCH_US(events.occurred_at) - EPOCH_US(CAST($picked_credits_touched_told_epoch AS TIMESTAMPTZ))
          ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_touched_told_hours AS BIGINT) AS BIGINT), 0) IN (
            SELECT
              due.stretch AS stretch
            FROM due AS due
          )
      ), traced AS (
        SELECT
          told.profile_no AS profile_no,
          told.occurred_at AS occurred_at,
          told.event_id AS event_id,
          told.metric_id AS metric_id,
          told.message AS message,
          told.flow AS flow,
          told.campaign AS campaign,
          told.variation AS variation,
          told.machine AS machine,
          told.transactional AS transactional,
          told.channel AS channel,
          told.receipt AS receipt,
          told.visit AS visit,
          told.kind AS kind,
          told.hours AS hours,
          MAX(CASE WHEN told.receipt = 1 THEN told.occurred_at END) OVER (
            PARTITION BY told.profile_no, told.channel, told.message
            ORDER BY told.occurred_at
          ) AS found,
          MAX(CASE WHEN told.receipt = 1 THEN told.transactional END) OVER (
            PARTITION BY told.profile_no, told.channel, told.message
            ORDER BY told.occurred_at
          ) AS formal
        FROM told AS told
        WHERE
          told.visit = 0
      ), acted AS (
        SELECT
          traced.profile_no AS profile_no,
          traced.occurred_at AS occurred_at,
          traced.event_id AS event_id,
          traced.metric_id AS metric_id,
          traced.message AS message,
          traced.flow AS flow,
          traced.campaign AS campaign,
          traced.variation AS variation,
          traced.machine AS machine,
          traced.transactional AS transactional,
          traced.channel AS channel,
          traced.receipt AS receipt,
          traced.visit AS visit,
          traced.kind AS kind,
          traced.hours AS hours,
          traced.found AS found,
          traced.formal AS formal
        FROM traced AS traced
        WHERE
          NOT traced.kind IS NULL AND (
            traced.kind <> 4 OR traced.machine IS NULL
          )
      ), older AS (
        SELECT
          events.profile_no AS profile_no,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_v3_0 AS BIGINT))
            THEN 'email'
            WHEN events.metric_id IN (CAST($picked_credits_touched_v4_0 AS BIGINT))
            THEN 'sms'
          END AS channel,
          events.message AS message,
          MIN(events.occurred_at) AS since
        FROM events_24281_24318 AS events
        WHERE
          events.metric_id IN (
            CAST($picked_credits_touched_v0_0 AS BIGINT),
            CAST($picked_credits_touched_v0_1 AS BIGINT)
          )
          AND NOT events.message IS NULL
          AND events.occurred_at >= CAST($picked_credits_touched_v1 AS TIMESTAMPTZ)
          AND events.occurred_at < CAST($picked_credits_touched_v2 AS TIMESTAMPTZ)
          AND events.profile_no IN (
            SELECT
              acted.profile_no AS profile_no
            FROM acted AS acted
            WHERE
              acted.found IS NULL
          )
        GROUP BY
          events.profile_no,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_v3_0 AS BIGINT))
            THEN 'email'
            WHEN events.metric_id IN (CAST($picked_credits_touched_v4_0 AS BIGINT))
            THEN 'sms'
          END,
          events.message
      ), standing AS (
        SELECT
          a.profile_no AS profile_no,
          a.occurred_at AS occurred_at,
          a.event_id AS event_id,
          a.metric_id AS metric_id,
          a.message AS message,
          a.flow AS flow,
          a.campaign AS campaign,
          a.variation AS variation,
          a.machine AS machine,
          a.transactional AS transactional,
          a.channel AS channel,
          a.receipt AS receipt,
          a.visit AS visit,
          a.kind AS kind,
          a.hours AS hours,
          a.found AS found,
          a.formal AS formal,
          CASE
            WHEN a.message IS NULL
            THEN a.occurred_at
            ELSE COALESCE(a.found, a.occurred_at)
          END AS got
        FROM acted AS a
        LEFT JOIN older AS o
          ON o.profile_no = a.profile_no
          AND o.channel = a.channel
          AND o.message = a.message
          AND o.since <= a.occurred_at
        WHERE
          NOT a.found IS NULL OR o.profile_no IS NULL
      ), went AS (
        SELECT
          told.profile_no AS profile_no,
          told.occurred_at AS occurred_at,
          told.event_id AS event_id,
          told.metric_id AS metric_id,
          told.message AS message,
          told.flow AS flow,
          told.campaign AS campaign,
          told.variation AS variation,
          told.machine AS machine,
          told.transactional AS transactional,
          told.channel AS channel,
          told.receipt AS receipt,
          told.visit AS visit,
          told.kind AS kind,
          told.hours AS hours,
          COUNT(told.receipt) OVER (
            PARTITION BY told.profile_no
            ORDER BY told.occurred_at, told.visit, told.event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS turn
        FROM told AS told
        WHERE
          told.visit = 1 OR (
            told.receipt = 1
          )
      ), visited AS (
        SELECT
          v.profile_no AS profile_no,
          v.occurred_at AS occurred_at,
          v.event_id AS event_id,
          v.metric_id AS metric_id,
          r.occurred_at AS received_at,
          r.occurred_at + INTERVAL (CAST($picked_credits_touched_v5 AS BIGINT)) HOUR AS expires_at,
          r.channel AS channel,
          r.message AS message,
          r.flow AS flow,
          r.campaign AS campaign,
          r.variation AS variation
        FROM went AS v
        JOIN went AS r
          ON r.profile_no = v.profile_no AND r.turn = v.turn AND r.receipt = 1
        WHERE
          v.visit = 1
      )
      SELECT
        standing.profile_no AS profile_no,
        standing.occurred_at AS touched_at,
        standing.got AS received_at,
        standing.got + INTERVAL (standing.hours) HOUR AS expires_at,
        standing.kind AS kind,
        standing.channel AS channel,
        standing.message AS message,
        standing.flow AS flow,
        standing.campaign AS campaign,
        standing.variation AS variation,
        standing.event_id AS touch_id,
        standing.metric_id AS touch_metric
      FROM standing AS standing
      UNION ALL
      SELECT
        visited.profile_no AS profile_no,
        visited.occurred_at AS touched_at,
        visited.received_at AS received_at,
        visited.expires_at AS expires_at,
        1 AS kind,
        visited.channel AS channel,
        visited.message AS message,
        visited.flow AS flow,
        visited.campaign AS campaign,
        visited.variation AS variation,
        visited.event_id AS touch_id,
        visited.metric_id AS touch_metric
      FROM visited AS visited
      WHERE
        visited.expires_at >= visited.occurred_at
    ), laned AS (
      SELECT
        touched.profile_no AS profile_no,
        touched.touched_at AS touched_at,
        touched.received_at AS received_at,
        touched.expires_at AS expires_at,
        touched.kind AS kind,
        touched.channel AS channel,
        touched.message AS message,
        touched.flow AS flow,
        touched.campaign AS campaign,
        touched.variation AS variation,
        touched.touch_id AS touch_id,
        touched.touch_metric AS touch_metric,
        1 AS lane
      FROM touched AS touched
    ), stretches AS (
      SELECT
        CAST(touched.profile_no AS BIGINT) * 10000000 + (
          EPOCH_US(touched.touched_at) - EPOCH_US(CAST($picked_credits_epoch AS TIMESTAMPTZ))
        ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_hours AS BIGINT) AS BIGINT), 0) AS stretch
      FROM touched AS touched
      UNION
      SELECT
        CAST(touched.profile_no AS BIGINT) * 10000000 + (
          EPOCH_US(touched.touched_at) - EPOCH_US(CAST($picked_credits_epoch AS TIMESTAMPTZ))
        ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_hours AS BIGINT) AS BIGINT), 0) + 1 AS stretch
      FROM touched AS touched
    ), asking AS (
      SELECT
        c.profile_no AS profile_no,
        1 AS lane,
        c.occurred_at AS occurred_at,
        c.event_id AS event_id
      FROM conversions AS c
      WHERE
        CAST(c.profile_no AS BIGINT) * 10000000 + (
          EPOCH_US(c.occurred_at) - EPOCH_US(CAST($picked_credits_epoch AS TIMESTAMPTZ))
        ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_hours AS BIGINT) AS BIGINT), 0) IN (
          SELECT
            stretches.stretch AS stretch
          FROM stretches AS stretches
        )
    ), numbered AS (
      SELECT
        laned.profile_no AS profile_no,
        laned.lane AS lane,
        laned.touched_at AS touched_at,
        laned.expires_at AS expires_at,
        laned.touch_id AS touch_id,
        ROW_NUMBER() OVER (
          PARTITION BY laned.profile_no, laned.lane
          ORDER BY laned.touched_at, laned.kind, laned.received_at, laned.touch_id
        ) AS no,
        LEAD(laned.expires_at) OVER (
          PARTITION BY laned.profile_no, laned.lane
          ORDER BY laned.touched_at, laned.kind, laned.received_at, laned.touch_id
        ) AS following
      FROM laned AS laned
    ), placed AS (
      SELECT
        numbered.profile_no AS profile_no,
        numbered.lane AS lane,
        numbered.touched_at AS touched_at,
        numbered.expires_at AS expires_at,
        numbered.touch_id AS touch_id,
        numbered.no AS no,
        numbered.following AS following,
        CAST(SUM(CASE WHEN numbered.following < numbered.expires_at THEN 1 ELSE 0 END) OVER (
          PARTITION BY numbered.profile_no, numbered.lane
          ORDER BY numbered.no
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT) AS spare
      FROM numbered AS numbered
    ), passed AS (
      SELECT
        line.profile_no AS profile_no,
        line.lane AS lane,
        line."at" AS "at",
        line.event_id AS event_id,
        line.asks AS asks,
        MAX(line.no) OVER (
          PARTITION BY line.profile_no, line.lane
          ORDER BY line."at", line.asks
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS newest,
        MAX(line.spare) OVER (
          PARTITION BY line.profile_no, line.lane
          ORDER BY line."at", line.asks
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spare
      FROM (
        SELECT
          placed.profile_no AS profile_no,
          placed.lane AS lane,
          placed.touched_at AS "at",
          placed.touch_id AS event_id,
          placed.no AS no,
          placed.spare AS spare,
          0 AS asks
        FROM placed AS placed
        UNION ALL
        SELECT
          asking.profile_no AS profile_no,
          asking.lane AS lane,
          asking.occurred_at AS "at",
          asking.event_id AS event_id,
          CAST(NULL AS BIGINT) AS no,
          CAST(NULL AS BIGINT) AS spare,
          1 AS asks
        FROM asking AS asking
      ) AS line
    ), tried AS (
      SELECT
        p.profile_no AS profile_no,
        p.lane AS lane,
        p."at" AS "at",
        p.event_id AS event_id,
        p.spare AS spare,
        p.spare // 256 AS block,
        CASE WHEN t.expires_at >= p."at" THEN t.no END AS no
      FROM passed AS p
      JOIN placed AS t
        ON t.profile_no = p.profile_no AND t.lane = p.lane AND t.no = p.newest
      WHERE
        p.asks = 1
    ), spares AS (
      SELECT
        placed.profile_no AS profile_no,
        placed.lane AS lane,
        placed.no AS no,
        placed.spare AS spare,
        placed.spare // 256 AS block,
        placed.expires_at AS expires_at
      FROM placed AS placed
      WHERE
        placed.following < placed.expires_at
    ), near AS (
      SELECT
        r.profile_no AS profile_no,
        r.lane AS lane,
        r.event_id AS event_id,
        MAX(s.no) AS no
      FROM tried AS r
      JOIN spares AS s
        ON s.profile_no = r.profile_no AND s.lane = r.lane AND s.block = r.block
      WHERE
        r.no IS NULL AND s.spare <= r.spare AND s.expires_at >= r."at"
      GROUP BY
        r.profile_no,
        r.lane,
        r.event_id
    ), blocks AS (
      SELECT
        spares.profile_no AS profile_no,
        spares.lane AS lane,
        spares.block AS block,
        MAX(spares.expires_at) AS longest
      FROM spares AS spares
      GROUP BY
        spares.profile_no,
        spares.lane,
        spares.block
    ), afar AS (
      SELECT
        r.profile_no AS profile_no,
        r.lane AS lane,
        r.event_id AS event_id,
        r."at" AS "at",
        MAX(b.block) AS block
      FROM tried AS r
      JOIN blocks AS b
        ON b.profile_no = r.profile_no AND b.lane = r.lane
      LEFT JOIN near AS n
        ON n.lane = r.lane AND n.event_id = r.event_id
      WHERE
        r.no IS NULL AND n.event_id IS NULL AND b.block < r.block AND b.longest >= r."at"
      GROUP BY
        r.profile_no,
        r.lane,
        r.event_id,
        r."at"
    ), found AS (
      SELECT
        tried.profile_no AS profile_no,
        tried.lane AS lane,
        tried.event_id AS event_id,
        tried.no AS no
      FROM tried AS tried
      WHERE
        NOT tried.no IS NULL
      UNION ALL
      SELECT
        near.profile_no AS profile_no,
        near.lane AS lane,
        near.event_id AS event_id,
        near.no AS no
      FROM near AS near
      UNION ALL
      SELECT
        r.profile_no AS profile_no,
        r.lane AS lane,
        r.event_id AS event_id,
        MAX(s.no) AS no
      FROM afar AS r
      JOIN spares AS s
        ON s.profile_no = r.profile_no AND s.lane = r.lane AND s.block = r.block
      WHERE
        s.expires_at >= r."at"
      GROUP BY
        r.profile_no,
        r.lane,
        r.event_id
    ), credited AS (
      SELECT
        f.event_id AS event_id,
        p.touch_id AS touch_id
      FROM found AS f
      JOIN placed AS p
        ON p.profile_no = f.profile_no AND p.lane = f.lane AND p.no = f.no
    )
    SELECT
      c.event_id AS event_id,
      c.profile_no AS profile_no,
      c.occurred_at AS occurred_at,
      t.touched_at AS touched_at,
      t.received_at AS received_at,
      t.kind AS kind,
      t.channel AS channel,
      t.message AS message,
      t.flow AS flow,
      t.campaign AS campaign,
      t.variation AS variation,
      t.touch_id AS touch_id,
      t.touch_metric AS touch_metric,
      1000000 AS weight,
      c.units AS units
    FROM credited AS k
    JOIN conversions AS c
      ON c.event_id = k.event_id
    JOIN touched AS t
      ON t.touch_id = k.touch_id
  ), shares AS (
    SELECT
      credits.event_id AS event_id,
      credits.channel AS channel,
      credits.weight AS weight,
      COUNT(*) OVER (PARTITION BY credits.event_id) AS parts,
      ROW_NUMBER() OVER (
        PARTITION BY credits.event_id
        ORDER BY credits.touched_at DESC, credits.kind DESC, credits.received_at DESC, credits.touch_id DESC
      ) AS part
    FROM credits AS credits
  )
  SELECT
    e.metric AS metric,
    e.profile_no AS profile_no,
    e.occurred_at AS occurred_at,
    COALESCE(s.weight, 1000000) AS weight,
    COALESCE(s.channel, '') AS name,
    CASE
      WHEN s.event_id IS NULL
      THEN e.units
      ELSE e.units // NULLIF(s.parts, 0) + CASE
        WHEN s.part > ABS(e.units % NULLIF(s.parts, 0))
        THEN 0
        WHEN e.units < 0
        THEN -1
        ELSE 1
      END
    END AS units
  FROM conversions AS e
  LEFT JOIN shares AS s
    ON s.event_id = e.event_id
)
SELECT
  picked.metric AS metric,
  picked.name AS name,
  CAST(SUM(picked.weight) AS BIGINT) AS total,
  COALESCE(CAST(SUM(CASE WHEN NOT picked.units IS NULL THEN picked.weight END) AS BIGINT), 0) AS valued,
  CAST(SUM(picked.units) AS BIGINT) AS units,
  MAX(picked.occurred_at) AS newest
FROM picked AS picked
GROUP BY
  picked.metric,
  picked.name
ORDER BY
  metric,
  name
LIMIT 100001
