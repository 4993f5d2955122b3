using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Analytics.Registry.Database.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // EF Core has no partitioned tables: written by hand, the columns as EF's model of PredictionRecord has them.
            // The default partition takes what no day's partition does, so a late row is never refused.
            migrationBuilder.Sql(
                """
                CREATE TABLE predictions (
                    id uuid NOT NULL,
                    time timestamp with time zone NOT NULL,
                    request_id uuid NOT NULL,
                    row integer NOT NULL,
                    model text NOT NULL,
                    version integer NOT NULL,
                    features jsonb NOT NULL,
                    prediction double precision NOT NULL,
                    label text,
                    probabilities real[],
                    CONSTRAINT pk_predictions PRIMARY KEY (id, time)
                ) PARTITION BY RANGE (time);
                CREATE TABLE predictions_default PARTITION OF predictions DEFAULT;
                """);

            migrationBuilder.CreateTable(
                name: "requests",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    route = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<int>(type: "integer", nullable: false),
                    rows = table.Column<int>(type: "integer", nullable: false),
                    duration_ms = table.Column<double>(type: "double precision", nullable: false),
                    model = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<int>(type: "integer", nullable: true),
                    client = table.Column<string>(type: "text", nullable: true),
                    trace_id = table.Column<string>(type: "text", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_requests", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "training_runs",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    dataset = table.Column<string>(type: "text", nullable: false),
                    algorithm = table.Column<string>(type: "text", nullable: false),
                    label = table.Column<string>(type: "text", nullable: true),
                    include = table.Column<string[]>(type: "text[]", nullable: true),
                    exclude = table.Column<string[]>(type: "text[]", nullable: true),
                    parameters = table.Column<string>(type: "jsonb", nullable: false),
                    promote = table.Column<string>(type: "text", nullable: false),
                    requested_by = table.Column<string>(type: "text", nullable: false),
                    requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    idempotency_key = table.Column<string>(type: "text", nullable: true),
                    trace_parent = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    worker = table.Column<string>(type: "text", nullable: true),
                    lease_token = table.Column<Guid>(type: "uuid", nullable: true),
                    lease_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    stage = table.Column<string>(type: "text", nullable: true),
                    progress = table.Column<double>(type: "double precision", nullable: false),
                    cancel_requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    cancel_requested_by = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<int>(type: "integer", nullable: true),
                    result = table.Column<string>(type: "jsonb", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true),
                    trace_id = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_training_runs", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_predictions_model_time",
                table: "predictions",
                columns: new[] { "model", "time" });

            migrationBuilder.CreateIndex(
                name: "ix_predictions_request_id",
                table: "predictions",
                column: "request_id");

            migrationBuilder.CreateIndex(
                name: "ix_requests_model_time",
                table: "requests",
                columns: new[] { "model", "time" });

            migrationBuilder.CreateIndex(
                name: "ix_requests_time",
                table: "requests",
                column: "time");

            migrationBuilder.CreateIndex(
                name: "ix_requests_trace_id",
                table: "requests",
                column: "trace_id");

            migrationBuilder.CreateIndex(
                name: "ix_training_runs_idempotency_key",
                table: "training_runs",
                column: "idempotency_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_training_runs_model_requested_at",
                table: "training_runs",
                columns: new[] { "model", "requested_at" });

            migrationBuilder.CreateIndex(
                name: "ix_training_runs_model_version",
                table: "training_runs",
                columns: new[] { "model", "version" },
                unique: true,
                filter: "version IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_training_runs_requested_at",
                table: "training_runs",
                column: "requested_at");

            migrationBuilder.CreateIndex(
                name: "ix_training_runs_requested_at1",
                table: "training_runs",
                column: "requested_at",
                filter: "state IN ('queued', 'running')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "predictions");

            migrationBuilder.DropTable(
                name: "requests");

            migrationBuilder.DropTable(
                name: "training_runs");
        }
    }
}
