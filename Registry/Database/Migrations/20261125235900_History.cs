using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Analytics.Registry.Database.Migrations
{
    /// <inheritdoc />
    public partial class History : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // EF Core has no partitioned tables: written by hand, the columns as EF's model of RequestRecord has them. What is there
            // becomes the default partition as it stands; the trainer moves it into days later. Writers of the version before go
            // on: they name the table and its columns, and both are as they were.
            migrationBuilder.Sql(
                """
                ALTER TABLE requests RENAME TO requests_default;
                ALTER TABLE requests_default DROP CONSTRAINT pk_requests;
                ALTER INDEX ix_requests_time RENAME TO requests_default_time_idx;
                ALTER INDEX ix_requests_model_time RENAME TO requests_default_model_time_idx;
                ALTER INDEX ix_requests_trace_id RENAME TO requests_default_trace_id_idx;
                CREATE TABLE requests (LIKE requests_default INCLUDING DEFAULTS) PARTITION BY RANGE (time);
                ALTER TABLE requests ADD CONSTRAINT pk_requests PRIMARY KEY (id, time);
                CREATE INDEX ix_requests_time ON requests (time);
                CREATE INDEX ix_requests_model_time ON requests (model, time);
                CREATE INDEX ix_requests_trace_id ON requests (trace_id);
                ALTER TABLE requests ATTACH PARTITION requests_default DEFAULT;
                """);

            // Only the default partition is asked by time alone: which days wait in it, and what of them is over retention.
            migrationBuilder.Sql("CREATE INDEX ix_predictions_default_time ON predictions_default (time);");

            migrationBuilder.CreateTable(
                name: "erasures",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    client = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    requested_by = table.Column<string>(type: "text", nullable: false),
                    requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    completed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    applied_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    requests = table.Column<long>(type: "bigint", nullable: false),
                    predictions = table.Column<long>(type: "bigint", nullable: false),
                    feedback = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_erasures", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "feedback",
                columns: table => new
                {
                    prediction_id = table.Column<Guid>(type: "uuid", nullable: false),
                    actual = table.Column<string>(type: "text", nullable: false),
                    actual_number = table.Column<double>(type: "double precision", nullable: true),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    client = table.Column<string>(type: "text", nullable: true),
                    first_actual = table.Column<string>(type: "text", nullable: false),
                    first_time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_feedback", x => x.prediction_id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_requests_client_time",
                table: "requests",
                columns: new[] { "client", "time" });

            migrationBuilder.CreateIndex(
                name: "ix_erasures_requested_at",
                table: "erasures",
                column: "requested_at");

            migrationBuilder.CreateIndex(
                name: "ix_feedback_client_time",
                table: "feedback",
                columns: new[] { "client", "time" });

            migrationBuilder.CreateIndex(
                name: "ix_feedback_time",
                table: "feedback",
                column: "time");

            // Each prediction beside its outcome. A regression's outcome is compared as a number by whoever asks.
            migrationBuilder.Sql(
                """
                CREATE VIEW outcomes AS
                SELECT p.id, p.time, p.request_id, p.row, p.model, p.version, p.features, p.prediction, p.label, p.probabilities,
                    f.actual, f.actual_number, f.time AS actual_time, f.client AS actual_client, p.label = f.actual AS correct
                FROM predictions p JOIN feedback f ON f.prediction_id = p.id;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP VIEW outcomes; DROP INDEX ix_predictions_default_time;");

            migrationBuilder.DropTable(
                name: "erasures");

            migrationBuilder.DropTable(
                name: "feedback");

            migrationBuilder.Sql(
                """
                ALTER TABLE requests RENAME TO requests_by_day;
                ALTER INDEX pk_requests RENAME TO pk_requests_by_day;
                ALTER INDEX ix_requests_time RENAME TO ix_requests_by_day_time;
                ALTER INDEX ix_requests_model_time RENAME TO ix_requests_by_day_model_time;
                ALTER INDEX ix_requests_trace_id RENAME TO ix_requests_by_day_trace_id;
                CREATE TABLE requests (LIKE requests_by_day INCLUDING DEFAULTS);
                INSERT INTO requests SELECT * FROM requests_by_day;
                DROP TABLE requests_by_day;
                ALTER TABLE requests ADD CONSTRAINT pk_requests PRIMARY KEY (id);
                CREATE INDEX ix_requests_time ON requests (time);
                CREATE INDEX ix_requests_model_time ON requests (model, time);
                CREATE INDEX ix_requests_trace_id ON requests (trace_id);
                """);
        }
    }
}
