WITH kept AS (
  WITH told AS (
    SELECT
      events.profile_no AS profile_no,
      CASE
        WHEN events.metric_id IN (CAST($kept_told_v0_0 AS BIGINT), CAST($kept_told_v0_1 AS BIGINT))
        THEN 0
        WHEN events.metric_id IN (CAST($kept_told_v1_0 AS BIGINT))
        THEN 1
        WHEN events.metric_id IN (CAST($kept_told_v2_0 AS BIGINT))
        THEN 3
        WHEN events.metric_id IN (CAST($kept_told_v3_0 AS BIGINT), CAST($kept_told_v3_1 AS BIGINT))
        THEN 4
      END AS kind,
      CASE
        WHEN events.metric_id IN (
          CAST($kept_told_v4_0 AS BIGINT),
          CAST($kept_told_v4_1 AS BIGINT),
          CAST($kept_told_v4_2 AS BIGINT),
          CAST($kept_told_v4_3 AS BIGINT)
        )
        THEN 0
        WHEN events.metric_id IN (CAST($kept_told_v5_0 AS BIGINT), CAST($kept_told_v5_1 AS BIGINT))
        THEN 1
      END AS channel,
      COALESCE(events.message, events.campaign, events.flow) AS message,
      events.occurred_at AS newest,
      events.flow AS flow,
      events.campaign AS name,
      CAST(1 AS BIGINT) AS n,
      CAST(NULL AS BIGINT) AS units,
      CAST(NULL AS BIGINT) AS credits,
      CAST(NULL AS BIGINT) AS segments,
      events.occurred_at AS happened
    FROM events_24305_24318 AS events
    WHERE
      events.metric_id IN (
        CAST($kept_told_v6_0 AS BIGINT),
        CAST($kept_told_v6_1 AS BIGINT),
        CAST($kept_told_v6_2 AS BIGINT),
        CAST($kept_told_v6_3 AS BIGINT),
        CAST($kept_told_v6_4 AS BIGINT),
        CAST($kept_told_v6_5 AS BIGINT)
      )
      AND NOT COALESCE(events.message, events.campaign, events.flow) IS NULL
      AND NOT events.flow IS NULL
      AND events.occurred_at >= CAST($kept_told_v7 AS TIMESTAMPTZ)
      AND events.occurred_at < CAST($kept_told_v8 AS TIMESTAMPTZ)
      AND (
        events.machine IS NULL
        OR NOT events.metric_id IN (CAST($kept_told_v9_0 AS BIGINT), CAST($kept_told_v9_1 AS BIGINT))
      )
  ), credited0 AS (
    WITH credited AS (
      WITH conversions AS (
        SELECT
          events.profile_no AS profile_no,
          events.occurred_at AS occurred_at,
          events.event_id AS event_id,
          CASE
            WHEN (
              events.value
            ) * CASE events.currency
              WHEN CAST($kept_credited0_credited_conversions_v0 AS TEXT)
              THEN CAST($kept_credited0_credited_conversions_v1 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END BETWEEN -1e12 AND 1e12
            THEN CAST(ROUND(
              (
                events.value
              ) * CASE events.currency
                WHEN CAST($kept_credited0_credited_conversions_v0 AS TEXT)
                THEN CAST($kept_credited0_credited_conversions_v1 AS DOUBLE)
                ELSE CAST(1 AS DOUBLE)
              END * 10000
            ) AS BIGINT)
          END AS units
        FROM events_24305_24318 AS events
        WHERE
          events.metric_id = CAST($kept_credited0_credited_conversions_v2 AS BIGINT)
          AND events.occurred_at >= CAST($kept_credited0_credited_conversions_v3 AS TIMESTAMPTZ)
          AND events.occurred_at < CAST($kept_credited0_credited_conversions_v4 AS TIMESTAMPTZ)
      ), touched AS (
        WITH told AS (
          WITH due AS (
            WITH people AS (
              SELECT
                events.profile_no AS profile_no,
                events.occurred_at AS occurred_at,
                events.event_id AS event_id,
                CASE
                  WHEN (
                    events.value
                  ) * CASE events.currency
                    WHEN CAST($kept_credited0_credited_touched_told_due_people_v0 AS TEXT)
                    THEN CAST($kept_credited0_credited_touched_told_due_people_v1 AS DOUBLE)
                    ELSE CAST(1 AS DOUBLE)
                  END BETWEEN -1e12 AND 1e12
                  THEN CAST(ROUND(
                    (
                      events.value
                    ) * CASE events.currency
                      WHEN CAST($kept_credited0_credited_touched_told_due_people_v0 AS TEXT)
                      THEN CAST($kept_credited0_credited_touched_told_due_people_v1 AS DOUBLE)
                      ELSE CAST(1 AS DOUBLE)
                    END * 10000
                  ) AS BIGINT)
                END AS units
              FROM events_24305_24318 AS events
              WHERE
                events.metric_id = CAST($kept_credited0_credited_touched_told_due_people_v2 AS BIGINT)
                AND events.occurred_at >= CAST($kept_credited0_credited_touched_told_due_people_v3 AS TIMESTAMPTZ)
                AND events.occurred_at < CAST($kept_credited0_credited_touched_told_due_people_v4 AS TIMESTAMPTZ)
            )
            SELECT DISTINCT
              CAST(people.profile_no AS BIGINT) * 10000000 + (
                EPOCH_US(people.occurred_at) - EPOCH_US(CAST($kept_credited0_credited_touched_told_due_epoch AS TIMESTAMPTZ))
              ) // 3600000000 // NULLIF(CAST(CAST($kept_credited0_credited_touched_told_due_hours AS BIGINT) AS BIGINT), 0) - CAST(pair.step AS BIGINT) AS stretch
            FROM people AS people
            CROSS JOIN UNNEST(STR_SPLIT('0 1', ' ')) AS pair(step)
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
                CAST($kept_credited0_credited_touched_told_v8_0 AS BIGINT),
                CAST($kept_credited0_credited_touched_told_v8_1 AS BIGINT),
                CAST($kept_credited0_credited_touched_told_v8_2 AS BIGINT)
              )
              THEN 'email'
              WHEN events.metric_id IN (
                CAST($kept_credited0_credited_touched_told_v9_0 AS BIGINT),
                CAST($kept_credited0_credited_touched_told_v9_1 AS BIGINT)
              )
              THEN 'sms'
            END AS channel,
            CASE
              WHEN events.metric_id IN (
                CAST($kept_credited0_credited_touched_told_v10_0 AS BIGINT),
                CAST($kept_credited0_credited_touched_told_v10_1 AS BIGINT)
              )
              THEN 1
            END AS receipt,
            CASE
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v11_0 AS BIGINT))
              THEN 1
              ELSE 0
            END AS visit,
            CASE
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v0_0 AS BIGINT))
              THEN 4
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v2_0 AS BIGINT))
              THEN 3
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v4_0 AS BIGINT))
              THEN 4
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v6_0 AS BIGINT))
              THEN 2
            END AS kind,
            CASE
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v0_0 AS BIGINT))
              THEN CAST($kept_credited0_credited_touched_told_v1 AS BIGINT)
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v2_0 AS BIGINT))
              THEN CAST($kept_credited0_credited_touched_told_v3 AS BIGINT)
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v4_0 AS BIGINT))
              THEN CAST($kept_credited0_credited_touched_told_v5 AS BIGINT)
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_told_v6_0 AS BIGINT))
              THEN CAST($kept_credited0_credited_touched_told_v7 AS BIGINT)
            END AS hours
          FROM events_24305_24318 AS events
          WHERE
            events.metric_id IN (
              CAST($kept_credited0_credited_touched_told_v12_0 AS BIGINT),
              CAST($kept_credited0_credited_touched_told_v12_1 AS BIGINT),
              CAST($kept_credited0_credited_touched_told_v12_2 AS BIGINT),
              CAST($kept_credited0_credited_touched_told_v12_3 AS BIGINT),
              CAST($kept_credited0_credited_touched_told_v12_4 AS BIGINT)
            )
            AND CAST(events.profile_no AS BIGINT) * 10000000 + (
              EPOCH_US(events.occurred_at) - EPOCH_US(CAST($kept_credited0_credited_touched_told_epoch AS TIMESTAMPTZ))
            ) // 3600000000 // NULLIF(CAST(CAST($kept_credited0_credited_touched_told_hours AS BIGINT) AS BIGINT), 0) IN (
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
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_v3_0 AS BIGINT))
              THEN 'email'
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_v4_0 AS BIGINT))
              THEN 'sms'
            END AS channel,
            events.message AS message,
            MIN(events.occurred_at) AS since
          FROM events_24281_24318 AS events
          WHERE
            events.metric_id IN (
              CAST($kept_credited0_credited_touched_v0_0 AS BIGINT),
              CAST($kept_credited0_credited_touched_v0_1 AS BIGINT)
            )
            AND NOT events.message IS NULL
            AND events.occurred_at >= CAST($kept_credited0_credited_touched_v1 AS TIMESTAMPTZ)
            AND events.occurred_at < CAST($kept_credited0_credited_touched_v2 AS TIMESTAMPTZ)
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
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_v3_0 AS BIGINT))
              THEN 'email'
              WHEN events.metric_id IN (CAST($kept_credited0_credited_touched_v4_0 AS BIGINT))
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
        ), met AS (
          SELECT
            went.profile_no AS profile_no,
            went.occurred_at AS occurred_at,
            went.event_id AS event_id,
            went.metric_id AS metric_id,
            went.visit AS visit,
            MAX(CASE WHEN went.receipt = 1 THEN went.occurred_at END) OVER (PARTITION BY went.profile_no, went.turn) AS received_at,
            MAX(CASE WHEN went.receipt = 1 THEN went.channel END) OVER (PARTITION BY went.profile_no, went.turn) AS channel,
            MAX(CASE WHEN went.receipt = 1 THEN went.message END) OVER (PARTITION BY went.profile_no, went.turn) AS message,
            MAX(CASE WHEN went.receipt = 1 THEN went.flow END) OVER (PARTITION BY went.profile_no, went.turn) AS flow,
            MAX(CASE WHEN went.receipt = 1 THEN went.campaign END) OVER (PARTITION BY went.profile_no, went.turn) AS campaign,
            MAX(CASE WHEN went.receipt = 1 THEN went.variation END) OVER (PARTITION BY went.profile_no, went.turn) AS variation
          FROM went AS went
        ), visited AS (
          SELECT
            met.profile_no AS profile_no,
            met.occurred_at AS occurred_at,
            met.event_id AS event_id,
            met.metric_id AS metric_id,
            met.visit AS visit,
            met.received_at AS received_at,
            met.channel AS channel,
            met.message AS message,
            met.flow AS flow,
            met.campaign AS campaign,
            met.variation AS variation,
            met.received_at + INTERVAL (CAST($kept_credited0_credited_touched_v5 AS BIGINT)) HOUR AS expires_at
          FROM met AS met
          WHERE
            met.visit = 1 AND NOT met.received_at IS NULL
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
      ), asking AS (
        SELECT
          conversions.profile_no AS profile_no,
          1 AS lane,
          conversions.occurred_at AS occurred_at,
          conversions.event_id AS event_id
        FROM conversions AS conversions
      ), line0 AS (
        SELECT
          laned.profile_no AS profile_no,
          laned.lane AS lane,
          laned.touched_at AS "at",
          0 AS asks,
          ROW_NUMBER() OVER (
            PARTITION BY laned.profile_no, laned.lane
            ORDER BY laned.touched_at, laned.kind, laned.received_at, laned.touch_id
          ) AS no,
          laned.expires_at AS expires_at,
          laned.touch_id AS id,
          CAST(NULL AS BIGINT) AS credited,
          LEAD(laned.expires_at) OVER (
            PARTITION BY laned.profile_no, laned.lane
            ORDER BY laned.touched_at, laned.kind, laned.received_at, laned.touch_id
          ) AS following
        FROM laned AS laned
        UNION ALL
        SELECT
          asking.profile_no AS profile_no,
          asking.lane AS lane,
          asking.occurred_at AS "at",
          1 AS asks,
          CAST(NULL AS BIGINT) AS no,
          CAST(NULL AS TIMESTAMPTZ) AS expires_at,
          asking.event_id AS id,
          CAST(NULL AS BIGINT) AS credited,
          CAST(NULL AS TIMESTAMPTZ) AS following
        FROM asking AS asking
      ), passed1 AS (
        SELECT
          line0.profile_no AS profile_no,
          line0.lane AS lane,
          line0."at" AS "at",
          line0.asks AS asks,
          line0.no AS no,
          line0.expires_at AS expires_at,
          line0.id AS id,
          line0.credited AS credited,
          line0.following AS following,
          MAX(line0.no) OVER (
            PARTITION BY line0.profile_no, line0.lane
            ORDER BY line0."at", line0.asks, line0.no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS newest,
          MAX(line0.expires_at) OVER (
            PARTITION BY line0.profile_no, line0.lane
            ORDER BY line0."at", line0.asks, line0.no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS longest
        FROM line0 AS line0
      ), tried1 AS (
        SELECT
          passed1.profile_no AS profile_no,
          passed1.lane AS lane,
          passed1."at" AS "at",
          passed1.asks AS asks,
          passed1.no AS no,
          passed1.expires_at AS expires_at,
          passed1.id AS id,
          passed1.credited AS credited,
          passed1.following AS following,
          passed1.newest AS newest,
          passed1.longest AS longest,
          MAX(passed1.expires_at) OVER (PARTITION BY passed1.profile_no, passed1.lane, passed1.newest) AS expires,
          MAX(CASE WHEN passed1.asks = 0 THEN passed1.id END) OVER (PARTITION BY passed1.profile_no, passed1.lane, passed1.newest) AS touch
        FROM passed1 AS passed1
        WHERE
          passed1.asks = 0
          OR NOT passed1.credited IS NULL
          OR passed1.longest >= passed1."at"
      ), line1 AS (
        SELECT
          t.profile_no AS profile_no,
          t.lane AS lane,
          t."at" AS "at",
          t.asks AS asks,
          t.no AS no,
          t.expires_at AS expires_at,
          t.id AS id,
          COALESCE(t.credited, CASE WHEN t.asks = 1 AND t.expires >= t."at" THEN t.touch END) AS credited,
          LEAD(t.expires_at) OVER (PARTITION BY t.profile_no, t.lane, t.asks ORDER BY t.no) AS following
        FROM tried1 AS t
        WHERE
          t.asks = 1 OR t.following < t.expires_at
      ), passed2 AS (
        SELECT
          line1.profile_no AS profile_no,
          line1.lane AS lane,
          line1."at" AS "at",
          line1.asks AS asks,
          line1.no AS no,
          line1.expires_at AS expires_at,
          line1.id AS id,
          line1.credited AS credited,
          line1.following AS following,
          MAX(line1.no) OVER (
            PARTITION BY line1.profile_no, line1.lane
            ORDER BY line1."at", line1.asks, line1.no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS newest,
          MAX(line1.expires_at) OVER (
            PARTITION BY line1.profile_no, line1.lane
            ORDER BY line1."at", line1.asks, line1.no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS longest
        FROM line1 AS line1
      ), tried2 AS (
        SELECT
          passed2.profile_no AS profile_no,
          passed2.lane AS lane,
          passed2."at" AS "at",
          passed2.asks AS asks,
          passed2.no AS no,
          passed2.expires_at AS expires_at,
          passed2.id AS id,
          passed2.credited AS credited,
          passed2.following AS following,
          passed2.newest AS newest,
          passed2.longest AS longest,
          MAX(passed2.expires_at) OVER (PARTITION BY passed2.profile_no, passed2.lane, passed2.newest) AS expires,
          MAX(CASE WHEN passed2.asks = 0 THEN passed2.id END) OVER (PARTITION BY passed2.profile_no, passed2.lane, passed2.newest) AS touch
        FROM passed2 AS passed2
        WHERE
          passed2.asks = 0
          OR NOT passed2.credited IS NULL
          OR passed2.longest >= passed2."at"
      ), line2 AS (
        SELECT
          t.profile_no AS profile_no,
          t.lane AS lane,
          t."at" AS "at",
          t.asks AS asks,
          t.no AS no,
          t.expires_at AS expires_at,
          t.id AS id,
          COALESCE(t.credited, CASE WHEN t.asks = 1 AND t.expires >= t."at" THEN t.touch END) AS credited,
          LEAD(t.expires_at) OVER (PARTITION BY t.profile_no, t.lane, t.asks ORDER BY t.no) AS following
        FROM tried2 AS t
        WHERE
          t.asks = 1 OR t.following < t.expires_at
      ), passed3 AS (
        SELECT
          line2.profile_no AS profile_no,
          line2.lane AS lane,
          line2."at" AS "at",
          line2.asks AS asks,
          line2.no AS no,
          line2.expires_at AS expires_at,
          line2.id AS id,
          line2.credited AS credited,
          line2.following AS following,
          MAX(line2.no) OVER (
            PARTITION BY line2.profile_no, line2.lane
            ORDER BY line2."at", line2.asks, line2.no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS newest,
          MAX(line2.expires_at) OVER (
            PARTITION BY line2.profile_no, line2.lane
            ORDER BY line2."at", line2.asks, line2.no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS longest
        FROM line2 AS line2
      ), tried3 AS (
        SELECT
          passed3.profile_no AS profile_no,
          passed3.lane AS lane,
          passed3."at" AS "at",
          passed3.asks AS asks,
          passed3.no AS no,
          passed3.expires_at AS expires_at,
          passed3.id AS id,
          passed3.credited AS credited,
          passed3.following AS following,
          passed3.newest AS newest,
          passed3.longest AS longest,
          MAX(passed3.expires_at) OVER (PARTITION BY passed3.profile_no, passed3.lane, passed3.newest) AS expires,
          MAX(CASE WHEN passed3.asks = 0 THEN passed3.id END) OVER (PARTITION BY passed3.profile_no, passed3.lane, passed3.newest) AS touch
        FROM passed3 AS passed3
        WHERE
          passed3.asks = 0
          OR NOT passed3.credited IS NULL
          OR passed3.longest >= passed3."at"
      ), line3 AS (
        SELECT
          t.profile_no AS profile_no,
          t.lane AS lane,
          t."at" AS "at",
          t.asks AS asks,
          t.no AS no,
          t.expires_at AS expires_at,
          t.id AS id,
          COALESCE(t.credited, CASE WHEN t.asks = 1 AND t.expires >= t."at" THEN t.touch END) AS credited,
          LEAD(t.expires_at) OVER (PARTITION BY t.profile_no, t.lane, t.asks ORDER BY t.no) AS following
        FROM tried3 AS t
        WHERE
          t.asks = 1 OR t.following < t.expires_at
      ), rest AS (
        SELECT
          line3.id AS id,
          line3.lane AS lane,
          line3."at" AS "at",
          CAST(line3.profile_no AS BIGINT) * 10000000 + (
            EPOCH_US(line3."at") - EPOCH_US(CAST($kept_credited0_credited_epoch AS TIMESTAMPTZ))
          ) // 3600000000 // NULLIF(CAST(CAST($kept_credited0_credited_hours AS BIGINT) AS BIGINT), 0) AS stretch
        FROM line3 AS line3
        WHERE
          line3.asks = 1 AND line3.credited IS NULL
      ), spares AS (
        SELECT
          line3.lane AS lane,
          line3."at" AS "at",
          line3.no AS no,
          line3.expires_at AS expires_at,
          line3.id AS id,
          CAST(line3.profile_no AS BIGINT) * 10000000 + (
            EPOCH_US(line3."at") - EPOCH_US(CAST($kept_credited0_credited_epoch AS TIMESTAMPTZ))
          ) // 3600000000 // NULLIF(CAST(CAST($kept_credited0_credited_hours AS BIGINT) AS BIGINT), 0) + CAST(pair.step AS BIGINT) AS stretch
        FROM line3 AS line3
        CROSS JOIN UNNEST(STR_SPLIT('0 1', ' ')) AS pair(step)
        WHERE
          line3.asks = 0
      ), ranked AS (
        SELECT
          r.id AS id,
          s.id AS touch,
          ROW_NUMBER() OVER (PARTITION BY r.id, r.lane ORDER BY s.no DESC) AS place
        FROM rest AS r
        JOIN spares AS s
          ON s.stretch = r.stretch AND s.lane = r.lane
        WHERE
          s."at" <= r."at" AND s.expires_at >= r."at"
      ), credited AS (
        SELECT
          line3.id AS event_id,
          line3.credited AS touch_id
        FROM line3 AS line3
        WHERE
          line3.asks = 1 AND NOT line3.credited IS NULL
        UNION ALL
        SELECT
          ranked.id AS event_id,
          ranked.touch AS touch_id
        FROM ranked AS ranked
        WHERE
          ranked.place = 1
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
    )
    SELECT
      credited.profile_no AS profile_no,
      8 AS kind,
      CASE credited.channel
        WHEN 'email'
        THEN 0
        WHEN 'sms'
        THEN 1
        WHEN 'push'
        THEN 2
        WHEN 'whatsapp'
        THEN 3
      END AS channel,
      COALESCE(credited.message, credited.campaign, credited.flow) AS message,
      credited.received_at AS newest,
      credited.flow AS flow,
      credited.campaign AS name,
      CAST(credited.weight AS BIGINT) AS n,
      credited.units AS units,
      CAST(NULL AS BIGINT) AS credits,
      CAST(NULL AS BIGINT) AS segments,
      credited.occurred_at AS happened
    FROM credited AS credited
    WHERE
      NOT COALESCE(credited.message, credited.campaign, credited.flow) IS NULL
      AND NOT credited.flow IS NULL
      AND credited.channel IN (
        CAST($kept_credited0_v0_0 AS TEXT),
        CAST($kept_credited0_v0_1 AS TEXT),
        CAST($kept_credited0_v0_2 AS TEXT),
        CAST($kept_credited0_v0_3 AS TEXT)
      )
      AND credited.received_at >= CAST($kept_credited0_v1 AS TIMESTAMPTZ)
      AND credited.received_at < CAST($kept_credited0_v2 AS TIMESTAMPTZ)
  ), line AS (
    SELECT
      told.profile_no AS profile_no,
      told.kind AS kind,
      told.channel AS channel,
      told.message AS message,
      told.newest AS newest,
      told.flow AS flow,
      told.name AS name,
      told.n AS n,
      told.units AS units,
      told.credits AS credits,
      told.segments AS segments,
      told.happened AS happened
    FROM told AS told
    UNION ALL
    SELECT
      credited0.profile_no AS profile_no,
      credited0.kind AS kind,
      credited0.channel AS channel,
      credited0.message AS message,
      credited0.newest AS newest,
      credited0.flow AS flow,
      credited0.name AS name,
      credited0.n AS n,
      credited0.units AS units,
      credited0.credits AS credits,
      credited0.segments AS segments,
      credited0.happened AS happened
    FROM credited0 AS credited0
  ), traced AS (
    SELECT
      line.profile_no AS profile_no,
      line.kind AS kind,
      line.channel AS channel,
      line.message AS message,
      line.newest AS newest,
      line.flow AS flow,
      line.name AS name,
      line.n AS n,
      line.units AS units,
      line.credits AS credits,
      line.segments AS segments,
      line.happened AS happened,
      MAX(CASE WHEN line.kind = 0 THEN line.newest END) OVER (
        PARTITION BY line.profile_no, line.channel, line.message
        ORDER BY line.newest, line.kind
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS got
    FROM line AS line
  ), sent AS (
    SELECT
      traced.profile_no AS profile_no,
      traced.kind AS kind,
      traced.channel AS channel,
      traced.message AS message,
      traced.happened AS newest,
      traced.flow AS flow,
      traced.name AS name,
      traced.n AS n,
      traced.units AS units,
      traced.credits AS credits,
      traced.segments AS segments,
      CASE
        WHEN traced.kind IN (1, 2, 7) OR traced.kind >= 8
        THEN traced.newest
        ELSE traced.got
      END AS occurred_at
    FROM traced AS traced
  )
  SELECT
    sent.profile_no AS profile_no,
    sent.kind AS kind,
    sent.channel AS channel,
    sent.message AS message,
    sent.newest AS newest,
    sent.flow AS flow,
    sent.name AS name,
    sent.n AS n,
    sent.units AS units,
    sent.credits AS credits,
    sent.segments AS segments,
    sent.occurred_at AS occurred_at,
    CAST(DATE_TRUNC(
      'MONTH',
      CAST(CASE
        WHEN EPOCH_US(sent.occurred_at) < 1685577600000000
        OR EPOCH_US(sent.occurred_at) >= 1785542400000000
        THEN sent.occurred_at AT TIME ZONE 'Europe/Berlin'
        ELSE CASE
          WHEN EPOCH_US(sent.occurred_at) < 1743296400000000
          THEN CASE
            WHEN EPOCH_US(sent.occurred_at) < 1711846800000000
            THEN CASE
              WHEN EPOCH_US(sent.occurred_at) < 1698541200000000
              THEN MAKE_TIMESTAMP(EPOCH_US(sent.occurred_at) + 7200000000)
              ELSE MAKE_TIMESTAMP(EPOCH_US(sent.occurred_at) + 3600000000)
            END
            ELSE CASE
              WHEN EPOCH_US(sent.occurred_at) < 1729990800000000
              THEN MAKE_TIMESTAMP(EPOCH_US(sent.occurred_at) + 7200000000)
              ELSE MAKE_TIMESTAMP(EPOCH_US(sent.occurred_at) + 3600000000)
            END
          END
          ELSE CASE
            WHEN EPOCH_US(sent.occurred_at) < 1774746000000000
            THEN CASE
              WHEN EPOCH_US(sent.occurred_at) < 1761440400000000
              THEN MAKE_TIMESTAMP(EPOCH_US(sent.occurred_at) + 7200000000)
              ELSE MAKE_TIMESTAMP(EPOCH_US(sent.occurred_at) + 3600000000)
            END
            ELSE MAKE_TIMESTAMP(EPOCH_US(sent.occurred_at) + 7200000000)
          END
        END
      END AS DATE)
    ) AS DATE) AS bucket
  FROM sent AS sent
  WHERE
    sent.occurred_at >= CAST($kept_v0 AS TIMESTAMPTZ)
    AND sent.occurred_at < CAST($kept_v1 AS TIMESTAMPTZ)
), people AS (
  SELECT
    kept.flow AS flow,
    kept.message AS message,
    kept.channel AS channel,
    kept.bucket AS bucket,
    kept.kind AS kind,
    CASE WHEN kept.kind IN (3, 4, 5) OR kept.kind >= 8 THEN kept.profile_no ELSE 0 END AS person,
    CAST(SUM(kept.n) AS BIGINT) AS n,
    CAST(SUM(kept.units) AS BIGINT) AS units,
    CAST(SUM(kept.credits) AS BIGINT) AS credits,
    CAST(SUM(kept.segments) AS BIGINT) AS segments,
    MAX(kept.name) AS name,
    MAX(kept.newest) AS newest
  FROM kept AS kept
  GROUP BY
    kept.flow,
    kept.message,
    kept.channel,
    kept.bucket,
    kept.kind,
    CASE WHEN kept.kind IN (3, 4, 5) OR kept.kind >= 8 THEN kept.profile_no ELSE 0 END
)
SELECT
  people.flow AS flow,
  people.message AS message,
  people.channel AS channel,
  people.bucket AS bucket,
  people.kind AS kind,
  COUNT(*) AS uniques,
  CAST(SUM(people.n) AS BIGINT) AS n,
  CAST(SUM(people.units) AS BIGINT) AS units,
  CAST(SUM(people.credits) AS BIGINT) AS credits,
  CAST(SUM(people.segments) AS BIGINT) AS segments,
  MAX(people.name) AS name,
  MAX(people.newest) AS newest
FROM people AS people
GROUP BY
  people.flow,
  people.message,
  people.channel,
  people.bucket,
  people.kind
ORDER BY
  flow,
  message,
  channel,
  bucket,
  kind
